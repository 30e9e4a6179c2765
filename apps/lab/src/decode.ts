import { isUtf8 } from 'node:buffer'

/** Bytes that are no UTF-8, beyond which a part is no text with a fault but something else, such as a signature. */
const TOLERANCE = 8

/** The bytes as text, those that are no UTF-8 as ⟨hex⟩; nothing where they are no text at all. */
export function decodeText(bytes: Buffer): string | undefined {
  if (isUtf8(bytes)) return bytes.toString()
  let text = ''
  let invalid = 0
  for (let place = 0; place < bytes.length && invalid <= TOLERANCE; ) {
    const length = [1, 2, 3, 4].find((size) => isCharacter(bytes, place, size))
    text += length
      ? bytes.toString('utf8', place, place + length)
      : `⟨${bytes.toString('hex', place, place + 1)}⟩`
    if (!length) invalid++
    place += length ?? 1
  }
  return invalid > TOLERANCE ? undefined : text
}

function isCharacter(bytes: Buffer, place: number, size: number): boolean {
  return place + size <= bytes.length && isUtf8(bytes.subarray(place, place + size))
}
