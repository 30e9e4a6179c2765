import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ListenError, listen } from './listen.ts'

test('resolves to the port that the system chose', async () => {
  const server = newServer()

  const port = await listen(server, { host: '127.0.0.1', port: 0 })

  expect(server.address()).toMatchObject({ port })
})

test('says that a port is in use, and what to do', async () => {
  const port = await listen(newServer(), { host: '127.0.0.1', port: 0 })

  const second = listen(newServer(), { host: '127.0.0.1', port })

  await expect(second).rejects.toThrow(ListenError)
  await expect(second).rejects.toThrow(
    `PORT ${port} is in use: stop the program that uses it, or set another`,
  )
})

test('names the variable that set the port', async () => {
  const port = await listen(newServer(), { host: '127.0.0.1', port: 0 })

  const second = listen(newServer(), { host: '127.0.0.1', port, variable: 'METRICS_PORT' })

  await expect(second).rejects.toThrow(`METRICS_PORT ${port} is in use`)
})

test('says that a host is not of this machine', async () => {
  const listening = listen(newServer(), { host: '192.0.2.1', port: 0 })

  await expect(listening).rejects.toThrow('HOST 192.0.2.1 is not an address of this machine')
})

function newServer() {
  const server = createServer()
  onTestFinished(() => void server.close())
  return server
}
