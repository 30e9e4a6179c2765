import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { portFaults, readOptions, untilListening } from './ports.ts'

test('a port that is in use is named, with the process that uses it if that is known', async () => {
  const port = await listen(0)

  const [fault, ...others] = await portFaults([port])

  expect(fault).toMatch(new RegExp(`^Port ${port} is in use( by .+ \\(process ${process.pid}\\))?\\.$`))
  expect(others).toEqual([])
})

test('free ports are not reported, and are still free afterwards', async () => {
  const server = createServer()
  const port = await listen(0, server)
  server.close()
  await once(server, 'close')

  expect(await portFaults([port])).toEqual([])
  expect(await listen(port)).toBe(port)
})

test('waits for a server that listens later, and stops waiting when it is told to', async () => {
  const server = createServer()
  const port = await listen(0, server)
  server.close()
  await once(server, 'close')
  const stopping = new AbortController()

  const waiting = untilListening(port, stopping.signal)
  await listen(port)
  await waiting
  const forever = untilListening(1, stopping.signal)
  stopping.abort()
  await forever
})

async function listen(port: number, server = createServer()): Promise<number> {
  onTestFinished(() => void server.close())
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

test('the ports are those in the documents', () => {
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

test('an unknown option or word is refused', () => {
  expect(() => readOptions(['--prot', '4000'])).toThrow("Unknown option '--prot'")
  expect(() => readOptions(['4000'])).toThrow("Unexpected argument '4000'")
  expect(() => readOptions(['--port'])).toThrow("Option '--port <value>' argument missing")
})
