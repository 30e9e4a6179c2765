import { isUtf8 } from 'node:buffer'

/**
 * Why bytes are not UTF-8 text; undefined if they are. Another encoding is not guessed: a wrong guess gives another name
 * or permission. A byte order mark of UTF-8 is accepted. `offset` counts from 0, the byte in the message from 1.
 * @example encodingFault(Buffer.from([0xff]))?.message // is not UTF-8 (byte 1 is FF). Save it as UTF-8.
 */
export function encodingFault(bytes: Buffer): { offset: number; message: string } | undefined {
  if (isUtf8(bytes) && !bytes.includes(0)) return undefined
  const offset = firstFault(bytes)
  const byte = `byte ${offset + 1} is ${bytes.toString('hex', offset, offset + 1).toUpperCase()}`
  const is = isUtf16(bytes) ? 'is UTF-16' : 'is not UTF-8'
  return { offset, message: `${is} (${byte}). Save it as UTF-8.` }
}

/** A byte that cannot be decoded becomes U+FFFD, which has other bytes. */
function firstFault(bytes: Buffer): number {
  const decoded = Buffer.from(bytes.toString())
  return bytes.findIndex((byte, index) => byte === 0 || byte !== decoded[index])
}

/** By its byte order mark, or by the zero byte in each letter of ASCII. */
function isUtf16(bytes: Buffer): boolean {
  return /^(fffe|feff|00|..00)/.test(bytes.toString('hex', 0, 2))
}
