import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { run } from '@signet/testing/run'
import { startSystem } from '@signet/testing/system'
import { WITHIN } from '@signet/testing/within'
import { afterAll, expect, test, vi } from 'vitest'
import { measureMemory } from './memory.ts'

const memory = await measureMemory()
const system = await startSystem({ env: { api: memory.env } })
afterAll(system.stop)
const token = documentedToken(applicationOf(system, 'app-one'))
const port = Number(new URL(system.api.url).port)

/** As many as are asked for, or as this machine lets a process have files open. */
const { output } = await run('sh', ['-c', 'ulimit -Hn'])
const CONNECTIONS = Math.min(10_000, (Number(output) || Number.POSITIVE_INFINITY) - 500)

test(`${CONNECTIONS} connections that say nothing cost 40 KB each at most, hinder nobody, and are ended`, async () => {
  const before = await memory.megabytes()
  const answers: number[] = []
  const sockets: Socket[] = []

  while (sockets.length < CONNECTIONS) {
    // So many may wait to be accepted (Node's backlog is 511).
    const more = Array.from({ length: 250 }, () => connect(port, '127.0.0.1').on('error', () => {}))
    await Promise.all(more.map((socket) => once(socket.resume(), 'connect')))
    sockets.push(...more)
    answers.push((await system.send('/whoami', { token })).status)
  }
  const after = await memory.megabytes()

  expect(answers).toEqual(answers.map(() => 200))
  expect(after - before).toBeLessThan(CONNECTIONS * 0.04)
  await vi.waitUntil(() => sockets.every(({ closed }) => closed), WITHIN)
  expect(await system.send('/whoami', { token })).toMatchObject({ status: 200 })
})
