import { setTimeout } from 'node:timers/promises'
import { openTokenSource } from '../packages/auth/src/index.ts'
import { table } from '../scripts/keys/command.ts'
import { startChild } from './child.ts'
import type { Fixture } from './fixture.ts'
import type { LoadMethods } from './load-process.ts'
import { type Figure, figureOf, rounded, shown } from './measure.ts'
import { rotateKeys, sendTraffic, startApi, TOKEN_LIFETIME, type Traffic } from './soak-load.ts'
import { forge } from './under-load.ts'

/** The API's memory in megabytes, and the delay of its event loop in milliseconds, in each third of the time. */
type Soak = {
  minutes: number
  traffic: Traffic
  refused: number
  rotations: number
  thirds: { resident: Figure; heap: Figure; delayP99: Figure }[]
  longestDelay: number
  /** Memory in the last third ÷ memory in the second third. The first third is the warm-up. */
  growth: { resident: number; heap: number }
}

/** Requests with a forged signature, a second. */
const FORGED_RATE = 50
/** Milliseconds between two readings of the metrics. */
const INTERVAL = 1000

type Options = { minutes: number; progress: (text: string) => void }

/** Runs the real API while it gets reads, writes and forged tokens, and while keys rotate. */
export async function soak(fixture: Fixture, { minutes, progress }: Options): Promise<Soak> {
  const milliseconds = minutes * 60_000
  const api = await startApi(fixture)
  const attacker = startChild<LoadMethods>('load-process.ts')
  const tokens = openTokenSource({
    file: fixture.privateKeyPath,
    audience: api.url,
    lifetime: TOKEN_LIFETIME,
  })
  try {
    const headers = { 'x-token': forge(fixture.newToken()) }
    await attacker.call('open', 'api', { port: api.port, ca: fixture.ca, headers, connections: 1 }, 401)
    const [traffic, { requests: refused }, rotations, vitals] = await Promise.all([
      sendTraffic({ tokens, ca: fixture.ca, milliseconds }),
      attacker.call('run', 'api', { milliseconds, rate: FORGED_RATE }),
      rotateKeys({ fixture, milliseconds, progress }),
      watchVitals({ url: api.metricsUrl, milliseconds }),
    ])
    return { minutes, traffic, refused, rotations, ...summaryOf(vitals) }
  } finally {
    await Promise.all([attacker.stop(), api.stop()])
  }
}

/** The text for the terminal. */
export function printedSoak({ thirds, growth, longestDelay, traffic, refused, rotations }: Soak): string {
  const names = ['first third (warm-up)', 'second third', 'last third']
  const rows = thirds.map(({ resident, heap, delayP99 }, third) => [
    names[third] ?? '',
    shown(resident),
    shown(heap),
    shown(delayP99),
  ])
  const failed = Object.entries(traffic.failed).map(([code, count]) => `${count} ${code}`)
  return [
    table(['', 'resident memory, MB', 'heap, MB', 'event loop, p99 delay of a timer, ms'], rows),
    `Last third ÷ second third: resident ${rounded(growth.resident)}, first quartile of the heap ${rounded(growth.heap)}. Longest delay: ${rounded(longestDelay)} ms.`,
    `${traffic.calls} calls (failed: ${failed.join(', ') || 'none'}), ${refused} forged tokens refused, ${rotations} rotations.`,
  ].join('\n\n')
}

/** Megabytes, and the delay of the API's timers since the last reading, in milliseconds. */
type Vitals = { resident: number; heap: number; delayP99: number; longestDelay: number }

/** Reads the API's metrics every second. */
async function watchVitals(watch: { url: string; milliseconds: number }): Promise<Vitals[]> {
  const vitals: Vitals[] = []
  const end = performance.now() + watch.milliseconds
  for (; performance.now() < end; await setTimeout(INTERVAL)) {
    const response = await fetch(watch.url)
    vitals.push(readVitals(await response.text()))
  }
  return vitals
}

function readVitals(text: string): Vitals {
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    resident: value('process_resident_memory_bytes') / 1e6,
    heap: value('nodejs_heap_size_used_bytes') / 1e6,
    delayP99: value('nodejs_eventloop_lag_p99_seconds') * 1000,
    longestDelay: value('nodejs_eventloop_lag_max_seconds') * 1000,
  }
}

function summaryOf(vitals: readonly Vitals[]): Pick<Soak, 'thirds' | 'longestDelay' | 'growth'> {
  const size = Math.ceil(vitals.length / 3)
  const thirds = [0, 1, 2].map((third) => {
    const part = vitals.slice(third * size, (third + 1) * size)
    const figure = (field: keyof Vitals) => figureOf(part.map((one) => one[field]))
    return { resident: figure('resident'), heap: figure('heap'), delayP99: figure('delayP99') }
  })
  const growth = (field: 'resident' | 'heap', at: keyof Figure) =>
    (thirds[2]?.[field][at] ?? Number.NaN) / (thirds[1]?.[field][at] ?? Number.NaN)
  return {
    thirds,
    longestDelay: Math.max(...vitals.map(({ longestDelay }) => longestDelay)),
    // The heap falls at each garbage collection, so its low values show what stays in memory.
    growth: { resident: growth('resident', 'median'), heap: growth('heap', 'low') },
  }
}
