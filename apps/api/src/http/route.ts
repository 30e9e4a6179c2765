import { requirePermission } from '@signet/auth/express'
import { methodNotAllowed } from '@signet/service'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import { readJson, validate } from './body.ts'

/** One operation of the API. `serve` makes Express serve it, and `/openapi.json` describes it (openapi.ts). */
export type Route = Definition & { handler: RequestHandler }

export type Definition<
  Query extends z.ZodObject = z.ZodObject,
  Headers extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> = {
  method: 'get' | 'post'
  /** In Express's notation: `/users/:id`. */
  path: string
  /** The permission that a caller needs. Without it, every application may call. */
  permission?: string
  /** The section and the title in the description. */
  tag: string
  summary: string
  /** The query parameters. Without it, every parameter is refused. */
  query?: Query
  headers?: Headers
  /** The JSON body. Without it, no body is read. */
  body?: Body
  /** The status of a success, 200 by default. */
  status?: 201
  answer: z.ZodType
}

/**
 * Defines an operation. `handle` gets the query, headers and body as their schemas give them; a request that does not
 * match is refused before (400 `invalid_request`).
 */
export function route<Query extends z.ZodObject, Headers extends z.ZodObject, Body extends z.ZodType>(
  definition: Definition<Query, Headers, Body>,
  handle: (input: Input<Query, Headers, Body>, req: Request, res: Response) => unknown,
): Route {
  const query = definition.query ?? z.strictObject({})
  const headers = definition.headers ?? z.object({})
  const names = Object.keys(headers.shape)
  const body = definition.body ?? z.unknown()
  return {
    ...definition,
    handler: async (req, res) => {
      const input = {
        query: validate(query, req.query),
        headers: validate(headers, Object.fromEntries(names.map((name) => [name, req.get(name)]))),
        body: validate(body, req.body),
      }
      res.status(definition.status ?? 200)
      await handle(input as Input<Query, Headers, Body>, req, res)
    },
  }
}

type Input<Query extends z.ZodType, Headers extends z.ZodType, Body extends z.ZodType> = {
  query: z.infer<Query>
  headers: z.infer<Headers>
  body: z.infer<Body>
}

/** Serves the routes: permission, then body, then handler. Other methods of their paths are refused with 405. */
export function serve(routes: readonly Route[]): Router {
  const router = Router()
  for (const [path, operations] of Map.groupBy(routes, ({ path }) => path)) {
    const served = router.route(path)
    for (const { method, permission, body, handler } of operations) {
      if (permission) served[method](requirePermission(permission))
      if (body) served[method](readJson)
      served[method](handler)
    }
    served.all(methodNotAllowed(...operations.flatMap(({ method }) => ALLOWED[method])))
  }
  return router
}

const ALLOWED = { get: ['GET', 'HEAD'], post: ['POST'] }
