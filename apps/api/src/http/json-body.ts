import { Problem } from '@signet/service'
import type { Request, RequestHandler } from 'express'

/** Bytes. An order is far smaller. */
const LIMIT = 16 * 1024

/**
 * Reads a JSON body. Stands behind authentication and permission, so that nobody else makes us parse; does not inflate,
 * so that a small body cannot become a large one; and refuses at the limit. Express's own parser would first read all
 * the rest, and a body need not have an end.
 */
export const readJson: RequestHandler = async (req, _res, next) => {
  if (!req.is('application/json')) throw unsupported('Send the order as application/json.')
  if (!/^(?:identity)?$/i.test(req.get('content-encoding') ?? ''))
    throw unsupported('Send the body without Content-Encoding.')
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(req.get('content-type') ?? '') ?? []
  // What many clients write for it; the Encoding Standard knows both names.
  if (!/^utf-?8$/i.test(charset)) throw unsupported(NOT_UTF8)
  if (Number(req.get('content-length')) > LIMIT) throw new Problem('body_too_large')
  req.body = parse(await readBytes(req))
  next()
}

async function readBytes(req: Request): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // The stream must live on, since its connection has an answer to carry.
  const body: AsyncIterable<Buffer> = req.iterator({ destroyOnReturn: false })
  try {
    for await (const chunk of body) {
      size += chunk.length
      if (size > LIMIT) throw new Problem('body_too_large')
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof Problem ? error : invalid('The body ended too early.')
  }
  return Buffer.concat(chunks)
}

/** An empty body is an order without fields. */
function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(decode(bytes) || '{}')
  } catch (error) {
    throw error instanceof Problem ? error : invalid('The body is not valid JSON.')
  }
}

/** RFC 8259 §8.1: JSON is UTF-8. Decoded without care, U+FFFD would stand in the place of what is not. */
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
