import { setTimeout } from 'node:timers/promises'
import { freePort } from '@signet/testing/free-port'
import { createService, type Env } from '@signet/testing/service'
import type { Balancer } from './balancer.ts'

export type ApiProcesses = Awaited<ReturnType<typeof startApiProcesses>>

/** So many processes of the API, each with a `/metrics` of its own. */
export async function startApiProcesses(count: number, env: Env) {
  const processes = await Promise.all(Array.from({ length: count }, createOne))
  const killAll = () => Promise.all(processes.map(({ service }) => service.kill()))
  try {
    await Promise.all(processes.map(({ service }) => service.start()))
  } catch (error) {
    await killAll()
    throw error
  }

  async function createOne() {
    const port = await freePort()
    const service = createService('api', { ...env, PORT: '0', METRICS_PORT: String(port) })
    return { service, metrics: `http://127.0.0.1:${port}/metrics` }
  }

  return {
    urls: processes.map(({ service }) => service.url),
    metrics: processes.map(({ metrics }) => metrics),
    killAll,
    /**
     * Stops and starts one after the other, as an upgrade does, and goes on when the balancer knows it to be ready.
     * Resolves to the exit codes; throws when one does not get ready.
     */
    async restartInTurn(balancer: Balancer): Promise<(number | null)[]> {
      const codes = []
      for (const { service } of processes) {
        codes.push(await service.stop())
        await until(() => !balancer.isReady(service.url))
        await service.start()
        await until(() => balancer.isReady(service.url))
      }
      return codes
    },
  }
}

/** Milliseconds. */
const PATIENCE = 20_000

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; !isSo(); await setTimeout(20))
    if (Date.now() > deadline) throw new Error('an API process is not ready after its restart')
}
