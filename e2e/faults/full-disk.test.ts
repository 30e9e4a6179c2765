import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { applicationOf, documentedToken } from '../application.ts'
import { run } from '../run.ts'
import { startSystem } from '../system.ts'

const disk = mkdtempSync(join(tmpdir(), 'small-disk-'))
const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk])
if (mounted.status !== 0 && process.env.CI === 'true')
  throw new Error(`The tests mount a disk: ${mounted.errors}`)
afterAll(async () => {
  await run('umount', ['--lazy', disk])
  rmSync(disk, { recursive: true })
})

test.skipIf(mounted.status !== 0)(
  'on a full disk orders are 503, all else is served, and room heals it',
  async () => {
    const system = await startSystem({ env: { api: { DATABASE_URL: `file:${disk}/signet.sqlite` } } })
    onTestFinished(system.stop)
    const token = documentedToken(applicationOf(system, 'app-two'))
    const ballast = join(disk, 'ballast')
    expect(await order()).toMatchObject({ status: 201 })

    fill(ballast)
    const refused = await order()
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(refused.headers['retry-after']).toBe('1')
    const reads = ['/users', '/orders', '/whoami', '/readyz'].map((path) => system.send(path, { token }))
    expect((await Promise.all(reads)).map(({ status }) => status)).toEqual([200, 200, 200, 200])

    rmSync(ballast)
    expect(await order()).toMatchObject({ status: 201 })

    function order() {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ userId: 'u-001', item: 'Tea', quantity: 1 })
      return system.send('/orders', { method: 'POST', token, headers, body })
    }
  },
)

/** Writes until nothing more fits. */
function fill(file: string): void {
  try {
    for (;;) writeFileSync(file, Buffer.alloc(4096), { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
