import { describe, expect, it } from 'vitest'
import { encodingFault } from './encoding.ts'

describe('encodingFault', () => {
  it.each([
    ['no text', ''],
    ['ASCII', '[1]'],
    ['letters of several bytes', 'Élodie 漢 🙂'],
    ['a byte order mark', '\uFEFF[1]'],
    ['the replacement character itself', 'a\uFFFDb'],
  ])('takes %s for UTF-8', (_, text) => {
    expect(encodingFault(Buffer.from(text))).toBeUndefined()
  })

  it.each([
    [
      'bytes with a zero between two letters',
      Buffer.from([0x10, 0x01, 0xff]),
      2,
      'is not UTF-8 (byte 3 is FF). Save it as UTF-8.',
    ],
    ['Latin-1', Buffer.from('[\n"Élodie"]', 'latin1'), 3, 'is not UTF-8 (byte 4 is C9). Save it as UTF-8.'],
    [
      'a letter cut short',
      Buffer.from('é').subarray(0, 1),
      0,
      'is not UTF-8 (byte 1 is C3). Save it as UTF-8.',
    ],
    ['a zero byte', Buffer.from('[1]\0'), 3, 'is not UTF-8 (byte 4 is 00). Save it as UTF-8.'],
    ['UTF-16 (LE) with a mark', utf16('\uFEFF[1]'), 0, 'is UTF-16 (byte 1 is FF). Save it as UTF-8.'],
    [
      'UTF-16 (BE) with a mark',
      utf16('\uFEFF[1]').swap16(),
      0,
      'is UTF-16 (byte 1 is FE). Save it as UTF-8.',
    ],
    ['UTF-16 (LE) without one', utf16('[1]'), 1, 'is UTF-16 (byte 2 is 00). Save it as UTF-8.'],
    ['UTF-16 (BE) without one', utf16('[1]').swap16(), 0, 'is UTF-16 (byte 1 is 00). Save it as UTF-8.'],
  ])('names the first wrong byte of %s', (_, bytes, offset, message) => {
    expect(encodingFault(bytes)).toEqual({ offset, message })
  })
})

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le')
}
