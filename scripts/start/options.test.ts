import { expect, test } from 'vitest'
import { readOptions } from './options.ts'

test('the ports are those of the documents', () => {
  expect(readOptions([])).toEqual({
    ports: { api: 3000, 'app-one': 3001, 'app-two': 3002, lab: 3003 },
    help: false,
  })
})

test('--port N takes N and the ports after it', () => {
  expect(readOptions(['--port', '4000']).ports).toEqual({
    api: 4000,
    'app-one': 4001,
    'app-two': 4002,
    lab: 4003,
  })
})

test.each(['70000', '65533', '0', '-1', '4000.5', '4e3', 'x', ''])('--port=%s is refused', (port) => {
  expect(() => readOptions([`--port=${port}`])).toThrow(
    `--port: "${port}" is not a whole number from 1 to 65532`,
  )
})

test('an option or a word that is not known is refused', () => {
  expect(() => readOptions(['--prot', '4000'])).toThrow("Unknown option '--prot'")
  expect(() => readOptions(['4000'])).toThrow("Unexpected argument '4000'")
  expect(() => readOptions(['--port'])).toThrow("Option '--port <value>' argument missing")
})
