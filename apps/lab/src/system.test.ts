import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { freePort } from '@signet/testing/free-port'
import { ServiceError } from '@signet/testing/service'
import { expect, it } from 'vitest'
import { startSystem } from './system.ts'

const COMMITTED = join(import.meta.dirname, '../../../applications.json')

it('registers the lab and the second application in its own registry only, and leaves no file and no process', async () => {
  const before = readFileSync(COMMITTED, 'utf8')
  const system = await startSystem({ ports: { api: await freePort(), appOne: 0, appTwo: 0 } })
  const { folder, applications } = system.places
  const listed: { name: string; permissions: string[] }[] = JSON.parse(readFileSync(applications, 'utf8'))
  const mode = statSync(folder).mode & 0o777

  await system.stop()

  const committed: typeof listed = JSON.parse(before)
  expect(listed.slice(0, -2)).toEqual(committed)
  expect(listed.slice(-2).map(({ name }) => name)).toEqual(['lab', 'lab-second'])
  expect(listed.slice(-2).map(({ permissions }) => permissions)).toEqual([['users:read'], ['users:read']])
  expect(readFileSync(COMMITTED, 'utf8')).toBe(before)
  expect(before).not.toContain('"lab')
  expect([mode, existsSync(folder)]).toEqual([0o700, false])
  await expect(fetch(system.appOne)).rejects.toThrow()
})

it('does not start if a port is in use, says so, and stops what it has started', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const port = (taken.address() as { port: number }).port
  const api = await freePort()

  const starting = startSystem({ ports: { api, appOne: port, appTwo: 0 } })

  await expect(starting).rejects.toThrow(ServiceError)
  await expect(starting).rejects.toThrow(new RegExp(`app-one did not start.*${port}`, 's'))
  taken.close()
  await expect(once(connect(api, 'localhost'), 'connect')).rejects.toThrow('ECONNREFUSED')
})
