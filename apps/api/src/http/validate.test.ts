import { Problem } from '@signet/service'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { validate } from './validate.ts'

const Thing = z.strictObject({
  name: z.string().trim(),
  parts: z.array(z.object({ size: z.int('must be whole') })).default([]),
})

test('gives the value as the schema has it', () => {
  expect(validate(Thing, { name: ' x ' })).toEqual({ name: 'x', parts: [] })
})

test('throws a problem that names every fault by its path', () => {
  expect(faultsOf({ parts: [{ size: 1 }, { size: 0.5 }] })).toEqual([
    { path: 'name', message: expect.stringContaining('string') },
    { path: 'parts.1.size', message: 'must be whole' },
  ])
})

test('names each field that does not belong, and not its value', () => {
  const faults = faultsOf({ name: 'x', one: 'secret', two: 'secret' })

  expect(faults).toEqual([
    { path: 'one', message: 'is not a field of this' },
    { path: 'two', message: 'is not a field of this' },
  ])
})

test('has an empty path for a value that is wrong as a whole', () => {
  expect(faultsOf(null)).toEqual([{ path: '', message: expect.any(String) }])
})

function faultsOf(value: unknown) {
  try {
    validate(Thing, value)
  } catch (error) {
    expect(error).toBeInstanceOf(Problem)
    expect(error).toMatchObject({ code: 'invalid_request', status: 400 })
    return (error as Problem).members.errors
  }
  throw new Error('nothing was refused')
}
