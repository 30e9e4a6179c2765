import { Problem } from '@signet/service'
import { type RequestHandler, urlencoded } from 'express'
import type { z } from 'zod'

/** The query of an address as its schema has it. Throws the problem `invalid_request`, naming each bad parameter. */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, query: unknown): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(query)
  if (success) return data
  const errors = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new Problem('invalid_request', { errors })
}

/**
 * An ID out of an address, fit to stand in an address of the API: `..` would climb there. Throws the problem
 * `not_found`, since nothing has any other ID.
 */
export function parseId(id: unknown): string {
  if (typeof id === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(id)) return id
  throw new Problem('not_found')
}

/** Bytes. An order is far smaller. */
const LIMIT = 16 * 1024

/** Reads a posted form into `request.body`. Anything but a form is refused (415). */
export function formBody(): RequestHandler {
  const read = urlencoded({ limit: LIMIT })
  return (request, response, next) => {
    // `is` answers null where there is no body at all, which is an empty form.
    if (request.is('application/x-www-form-urlencoded') === false) throw new Problem('unsupported_media_type')
    // body-parser knows it as utf-8 only.
    const { 'content-type': type } = request.headers
    if (type) request.headers['content-type'] = type.replace(/(;\s*charset\s*=\s*"?)utf8\b/i, '$1utf-8')
    read(request, response, next)
  }
}
