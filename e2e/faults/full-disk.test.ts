import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@signet/testing/free-port'
import { createClient } from '@signet/testing/http'
import { run } from '@signet/testing/process'
import { ROOT } from '@signet/testing/repository'
import { applicationOf, minimalToken, startSystem } from '@signet/testing/system'
import { WITHIN } from '@signet/testing/wait'
import { afterAll, expect, onTestFinished, test, vi } from 'vitest'

const disk = mkdtempSync(join(tmpdir(), 'small-disk-'))
const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk])
if (mounted.status !== 0 && process.env.CI === 'true')
  throw new Error(`The tests mount a disk: ${mounted.errors}`)
afterAll(async () => {
  await run('umount', ['--lazy', disk])
  rmSync(disk, { recursive: true })
})

test.skipIf(mounted.status !== 0)(
  'on a full disk an order is answered 503, and a read 200; with free space orders are accepted again',
  async () => {
    const env = { api: { DATABASE_URL: `file:${disk}/signet.sqlite` } }
    const system = await startSystem({ env, pages: false })
    onTestFinished(system.stop)
    const token = minimalToken(applicationOf(system, 'app-two'))
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

test.skipIf(mounted.status !== 0)(
  'a log on a full disk stops no service; the lost lines are counted, and logged when there is space again',
  async () => {
    const system = await startSystem({ pages: false })
    onTestFinished(system.stop)
    const [port, metricsPort] = [await freePort(), await freePort()]
    const log = join(disk, 'api.log')
    const env = {
      ...system.apiEnv,
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      DATABASE_URL: `file:${system.file('another.sqlite')}`,
    }
    const main = join(ROOT, 'apps/api/src/main.ts')
    const api = spawn(process.execPath, [main], { env, stdio: ['ignore', openSync(log, 'a'), 'inherit'] })
    onTestFinished(() => void api.kill('SIGKILL'))
    await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain('listening on'), WITHIN)
    const send = createClient({ url: `https://localhost:${port}`, ca: system.ca })
    const ballast = join(disk, 'ballast')

    fill(ballast)
    // The last page of the log file has space for some lines.
    for (let count = 0; count < 50; count++) expect(await send('/users')).toMatchObject({ status: 401 })
    const lost = await linesLost()
    expect(lost).toBeGreaterThan(0)

    rmSync(ballast)
    expect(await send('/users')).toMatchObject({ status: 401 })
    await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toContain(`"lost":${lost},`), WITHIN)

    async function linesLost(): Promise<number> {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
      return Number(/^signet_log_lines_lost_total (\d+)$/m.exec(text)?.[1])
    }
  },
)

/** Writes until the disk is full. */
function fill(file: string): void {
  try {
    for (;;) writeFileSync(file, Buffer.alloc(4096), { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
