import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { portFaults, untilListening } from './ports.ts'

test('a port that is in use is named, with the process that uses it where that can be known', async () => {
  const port = await listen(0)

  const [fault, ...others] = await portFaults([port])

  expect(fault).toMatch(new RegExp(`^Port ${port} is in use( by .+ \\(process ${process.pid}\\))?\\.$`))
  expect(others).toEqual([])
})

test('free ports are no fault, and are still free afterwards', async () => {
  const server = createServer()
  const port = await listen(0, server)
  server.close()
  await once(server, 'close')

  expect(await portFaults([port])).toEqual([])
  expect(await listen(port)).toBe(port)
})

test('waits for a server that listens later, and no longer than there is need', async () => {
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
