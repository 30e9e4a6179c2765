import { expect, it } from 'vitest'
import { nextPage } from './next-page.ts'

it.each([
  ['</users?limit=20&after=u-020>; rel="next"', 'u-020'],
  ['<https://localhost:3000/users?after=a%20b>; rel=next', 'a b'],
  ['</users>; rel="prev", </users?after=z>; rel="next"', 'z'],
])('finds the next page in %s', (link, after) => {
  expect(nextPage(link)).toBe(after)
})

it.each([
  [undefined],
  [''],
  ['</users?after=x>; rel="prev"'],
  ['</users>; rel="next"'],
  ['<http://[>; rel="next"'],
])('finds no next page in %s', (link) => {
  expect(nextPage(link)).toBeUndefined()
})
