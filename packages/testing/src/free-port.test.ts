import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { cleanUp } from './clean-up.ts'
import { freePort } from './free-port.ts'

test('no port is given twice', async () => {
  const ports = [await freePort(), await freePort({ count: 3 }), await freePort()]

  expect(ports[1]).toBe((ports[0] ?? 0) + 1)
  expect(ports[2]).toBe((ports[1] ?? 0) + 3)
})

test('consecutive ports of which one is in use are skipped', async () => {
  const port = (await freePort()) + 2
  const server = createServer().listen(port, '127.0.0.1')
  cleanUp(() => server.close())
  await once(server, 'listening')

  expect(await freePort({ count: 3 })).toBe(port + 2)
})
