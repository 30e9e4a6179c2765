import { expect, test } from 'vitest'
import { uuidV7 } from './db.ts'

test('a UUID is that of the example of RFC 9562, appendix A.6', () => {
  const random = Buffer.from('0cc3' + '18c4dc0c0c07398f', 'hex')
  expect(uuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
})

test('UUIDs differ each time and sort by their time, by code point and by dictionary', () => {
  const ids = [0, 9, 10, 15, 16, 255, 4095, 1e12, 1.7e12, 2 ** 48 - 1].map((milliseconds) =>
    uuidV7(milliseconds),
  )
  expect(ids.toSorted()).toEqual(ids)
  expect(ids.toSorted(new Intl.Collator('en').compare)).toEqual(ids)
  expect(uuidV7(1)).not.toBe(uuidV7(1))
})
