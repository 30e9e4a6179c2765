import { openTokenSource } from '../../packages/auth/src/index.ts'
import { startChild } from '../child.ts'
import { forge } from '../honest-caller.ts'
import type { LoadQuestions } from '../load.ts'
import type { Stage } from '../stage.ts'
import { type Figure, figureOf } from '../statistics.ts'
import { startApi } from './api-process.ts'
import { rotateKeys, TOKEN_LIFETIME } from './rotations.ts'
import { sendTraffic, type Traffic } from './traffic.ts'
import { type Vitals, watchVitals } from './vitals.ts'

/** The API's memory in megabytes and its event loop's delay in milliseconds, in each third of the time. */
export type Soak = {
  minutes: number
  traffic: Traffic
  refused: number
  rotations: number
  thirds: { resident: Figure; heap: Figure; delayP99: Figure }[]
  longestDelay: number
  /** Memory in the last third ÷ in the second; the first one warms up. */
  growth: { resident: number; heap: number }
}

/** Requests a second with a forged signature. */
const FORGED_RATE = 50

/** The real API under reads, writes, forged tokens and key rotations. */
export async function soak(stage: Stage, { minutes, say }: Plan): Promise<Soak> {
  const milliseconds = minutes * 60_000
  const api = await startApi(stage)
  const forger = startChild<LoadQuestions>('load.ts')
  const tokens = openTokenSource({
    file: stage.privateKeyPath,
    audience: api.url,
    lifetime: TOKEN_LIFETIME,
  })
  try {
    const headers = { 'x-token': forge(stage.newToken()) }
    await forger.ask('open', { port: api.port, ca: stage.ca, headers, connections: 1 }, 401)
    const [traffic, { requests: refused }, rotations, vitals] = await Promise.all([
      sendTraffic({ tokens, ca: stage.ca, milliseconds }),
      forger.ask('run', { milliseconds, rate: FORGED_RATE }),
      rotateKeys({ stage, milliseconds, say }),
      watchVitals({ url: api.metricsUrl, milliseconds }),
    ])
    return { minutes, traffic, refused, rotations, ...summaryOf(vitals) }
  } finally {
    await Promise.all([forger.stop(), api.stop()])
  }
}

type Plan = { minutes: number; say: (text: string) => void }

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
    // The heap goes up and down as rubbish is collected; what stays is seen at its low.
    growth: { resident: growth('resident', 'median'), heap: growth('heap', 'low') },
  }
}
