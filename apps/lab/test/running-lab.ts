import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createForge, newSigner, openTarget, type ProbeRequest } from '@signet/attacks'
import { createReadiness } from '@signet/service'
import { freePort } from '@signet/testing/free-port'
import { serve, silentLog } from '@signet/web/testing'
import { createApp } from '../src/app.ts'
import { openLaboratory } from '../src/laboratory.ts'
import { startSystem } from '../src/system.ts'

export type RunningLab = Awaited<ReturnType<typeof startLab>>

/** The default links. The services of a test listen on other ports, so no test follows these links. */
export const LINKS = [
  { name: 'app-one', url: 'http://localhost:3001' },
  { name: 'app-two', url: 'http://localhost:3002' },
  { name: 'lab', url: 'http://localhost:3003' },
  { name: 'API reference', url: 'https://localhost:3000/docs' },
]

/** Starts the lab and its system: real processes, on free ports. */
export async function startLab() {
  const publicHosts = ['lab.example']
  const ports = { api: await freePort(), appOne: 0, appTwo: 0 }
  const system = await startSystem({ ports, links: LINKS, publicHosts })
  const target = openTarget({ url: new URL(system.api), ca: readFileSync(system.places.ca, 'utf8') })
  const sent: ProbeRequest[] = []
  let made = { tokenId: '', time: 0 }

  const laboratory = openLaboratory(system, {
    target: (request) => {
      sent.push(request)
      return target(request)
    },
    now: () => {
      made = { ...made, time: Date.now() }
      return made.time
    },
    newTokenId: () => {
      made = { ...made, tokenId: randomUUID() }
      return made.tokenId
    },
  })
  const readiness = createReadiness({ checks: {}, log: silentLog })
  const server = await serve(
    createApp({ laboratory, addresses: system, readiness, log: silentLog, links: LINKS, publicHosts }),
  )

  return {
    url: server.url,
    system,
    laboratory,
    /** Every request that the lab has sent to the API. */
    sent,
    /** The good token of the last attempt, made again. RSASSA-PKCS1-v1_5 makes the same signature each time. */
    goodToken: () =>
      createForge({
        application: system.application,
        unknownSigner: newSigner(),
        audience: system.api,
        now: Math.floor(made.time / 1000),
        tokenId: made.tokenId,
      }).token(),
    stop: async () => {
      server.close()
      await system.stop()
    },
  }
}
