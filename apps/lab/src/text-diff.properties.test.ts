import { cases } from '@signet/testing/properties'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { difference } from './text-diff.ts'

it('keeps both texts, and the pieces that do not differ are the same in both', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 })
  fc.assert(
    fc.property(letters, letters, (one, other) => {
      const [left, right] = difference(one, other)
      const rest = (pieces: typeof left) => pieces.filter(({ differs }) => !differs).map(({ text }) => text)

      expect(left.map(({ text }) => text)).toEqual(one)
      expect(right.map(({ text }) => text)).toEqual(other)
      expect(rest(left)).toEqual(rest(right))
    }),
    cases(100),
  )
})
