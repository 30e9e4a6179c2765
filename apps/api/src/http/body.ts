import { BODY_LIMIT, Problem } from '@signet/service'
import type { Request, RequestHandler } from 'express'
import type { z } from 'zod'

/** The value as its schema gives it. Throws the problem `invalid_request`, which names each field that is wrong. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const errors = error.issues.flatMap(describe)
  throw new Problem('invalid_request', { detail: 'Some of the values that you sent are not valid.', errors })
}

function describe(issue: z.core.$ZodIssue): { path: string; message: string }[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: key, message: 'is not known here' }))
  return [{ path: issue.path.join('.'), message: issue.message }]
}

/**
 * Reads a JSON body. It runs after authentication and permission, so that only permitted callers make the API parse. It
 * does not inflate, so that a small body cannot become a large one. It stops at the limit: Express's own parser would
 * first read the rest of the body, which may be endless.
 */
export const readJson: RequestHandler = async (req, _res, next) => {
  if (!req.is('application/json')) throw unsupported('Send the body as application/json.')
  if (!/^(?:identity)?$/i.test(req.get('content-encoding') ?? ''))
    throw unsupported('Send the body without Content-Encoding.')
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(req.get('content-type') ?? '') ?? []
  // Many clients write `utf8`. The Encoding Standard accepts both names.
  if (!/^utf-?8$/i.test(charset)) throw unsupported(NOT_UTF8)
  if (Number(req.get('content-length')) > BODY_LIMIT) throw new Problem('body_too_large')
  req.body = parse(await readBytes(req))
  next()
}

async function readBytes(req: Request): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // The stream must not be destroyed, because the answer goes through the same connection.
  const body: AsyncIterable<Buffer> = req.iterator({ destroyOnReturn: false })
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > BODY_LIMIT) throw new Problem('body_too_large')
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof Problem ? error : invalid('The body ended too early.')
  }
  return Buffer.concat(chunks)
}

/** An empty body counts as an object without fields. */
function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(decode(bytes) || '{}')
  } catch (error) {
    throw error instanceof Problem ? error : invalid('The body is not valid JSON.')
  }
}

/** RFC 8259 §8.1: JSON is UTF-8. Without `fatal`, each invalid byte would become U+FFFD. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid(NOT_UTF8)
  }
}

const NOT_UTF8 = 'Send the body as UTF-8.'

function unsupported(detail: string): Problem {
  return new Problem('unsupported_media_type', { detail })
}

function invalid(detail: string): Problem {
  return new Problem('invalid_request', { detail })
}
