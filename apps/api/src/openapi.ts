import type { SiteLink } from '@signet/service'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import type { Definition } from './http/route.ts'
import { Id } from './schemas.ts'

/** Sends the description of the API. `links` are shown on its reference page. */
export function sendDescription(routes: readonly Definition[], links: readonly SiteLink[]): RequestHandler {
  const description = describeApi(routes, links)
  return (_req, res) => {
    res.json(description)
  }
}

export function describeApi(routes: readonly Definition[], links: readonly SiteLink[] = []) {
  const markdown = links.map(({ name, url }) => `[${name}](${url})`).join(' · ')
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Signet',
      version: '1.0.0',
      description: [SUMMARY, markdown].join('\n\n').trim(),
    },
    components: { securitySchemes: { token: TOKEN } },
    security: [{ token: [] }],
    tags: [...new Set([...routes.map(({ tag }) => tag), OPEN])].map((name) => ({ name })),
    paths: {
      ...pathsOf(routes),
      '/healthz': { get: open('Whether the process runs', Status) },
      '/readyz': { get: open('Whether requests can be served', Status) },
      '/openapi.json': { get: open('This description', z.looseObject({})) },
    },
  })
}

const SUMMARY =
  'The central API: users and orders. A query parameter or a body field that is not described is refused with 400.'
const OPEN = 'Open to all'

const TOKEN = {
  type: 'apiKey',
  in: 'header',
  name: 'x-token',
  description: 'A JWT that the calling application signed with RS512. It is valid for at most five minutes.',
} as const

const Status = z.object({ status: z.string() })

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    requestId: z.string(),
    detail: z.string().optional(),
    permission: z.string().optional(),
    checks: z.array(z.string()).optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457. docs/errors.md explains each code',
    examples: [
      {
        type: '/docs/errors.md#token_missing',
        title: 'No token',
        status: 401,
        code: 'token_missing',
        requestId: '0f6c4f0e-6b1f-4c7d-9f43-6b0f6d1f7c1a',
      },
    ],
  })

const PROBLEM = { description: 'A problem', content: { 'application/problem+json': { schema: Problem } } }

function pathsOf(routes: readonly Definition[]): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operationOf(route) }
  }
  return paths
}

function operationOf(route: Definition): ZodOpenApiOperationObject {
  const { path, tag, summary, permission, query, headers, body, answer, status = 200 } = route
  const parameters = Array.from(path.matchAll(/:(\w+)/g), ([, name = '']) => [name, Id])
  return {
    tags: [tag],
    summary,
    ...(permission && { description: `Needs the permission ${permission}.` }),
    requestParams: {
      ...(parameters.length > 0 && { path: z.object(Object.fromEntries(parameters)) }),
      ...(query && { query }),
      ...(headers && { header: headers }),
    },
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { [status]: answers(summary, answer), default: PROBLEM },
  }
}

function open(summary: string, answer: z.ZodType): ZodOpenApiOperationObject {
  return { ...operationOf({ method: 'get', path: '', tag: OPEN, summary, answer }), security: [] }
}

function answers(description: string, schema: z.ZodType) {
  return { description, content: { 'application/json': { schema } } }
}
