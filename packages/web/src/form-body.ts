import { Problem } from '@signet/service'
import { type RequestHandler, urlencoded } from 'express'

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
