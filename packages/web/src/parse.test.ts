import { expect, it } from 'vitest'
import { z } from 'zod'
import { parseId, parseQuery } from './parse.ts'

it('names each parameter that is wrong', () => {
  const schema = z.object({ search: z.string().optional(), after: z.string().optional() })
  expect(parseQuery(schema, { search: 'x', other: 'y' })).toEqual({ search: 'x' })
  expect(() => parseQuery(schema, { search: ['a', 'b'] })).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      members: { errors: [expect.objectContaining({ path: 'search' })] },
    }),
  )
})

it.each(['.', '..', '', 'a/b', 'a%2fb', 'a b', 'x'.repeat(65), ['a'], undefined])(
  'finds nothing under the ID %j',
  (id) => {
    expect(() => parseId(id)).toThrow(expect.objectContaining({ code: 'not_found' }))
  },
)

it('takes an ID as it is', () => {
  expect(parseId('u-001_A')).toBe('u-001_A')
})
