import { BODY_LIMIT, Problem } from '@signet/service'
import { type RequestHandler, urlencoded } from 'express'
import { z } from 'zod'

/** Reads the query of a page's address with a schema. Throws the problem `invalid_request`, which names each wrong parameter. */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, query: unknown): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(query)
  if (success) return data
  const errors = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new Problem('invalid_request', { errors })
}

/** A text parameter of a query. An empty search field means that there is no search. The API checks the text itself. */
export const textParameter = z
  .string('must be given only once')
  .optional()
  .transform((text) => text?.trim() || undefined)

/**
 * Reads an ID from a page's address. The ID is safe as a part of an API path: `..` would lead to another path. Throws the
 * problem `not_found` for every other text, since nothing has such an ID.
 */
export function parseId(id: unknown): string {
  if (typeof id === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(id)) return id
  throw new Problem('not_found')
}

/** Reads a posted form into `request.body`. Everything that is not a form is refused (415). */
export function formBody(): RequestHandler {
  const read = urlencoded({ limit: BODY_LIMIT })
  return (request, response, next) => {
    // `is` returns null if there is no body. That counts as an empty form.
    if (request.is('application/x-www-form-urlencoded') === false) throw new Problem('unsupported_media_type')
    // body-parser knows the name `utf-8` only.
    const { 'content-type': type } = request.headers
    if (type) request.headers['content-type'] = type.replace(/(;\s*charset\s*=\s*"?)utf8\b/i, '$1utf-8')
    read(request, response, next)
  }
}
