import { FORGED_RATE } from './honest-caller.ts'
import type { Results } from './results.ts'
import type { Sample } from './rounds.ts'
import { type Figure, figureOf, ratioOf } from './statistics.ts'

/** A promise about speed, judged by the median. What could not be `measured` is neither met nor missed. */
export type Bar = {
  text: string
  is: '≤' | '≥'
  limit: number
  unit: '×' | 'µs' | 'ms' | 'KB' | ''
  measured: Figure | undefined
  met: boolean | undefined
}

/** The bars that this repository sets itself. Ratios of servers are taken within each round. */
export function barsOf({ rounds, ...results }: Results): Bar[] {
  const { cryptoVerify, first, jsonwebtoken, repeated, fastJwtCache } = results.verification
  const { malformed, wrongAlgorithm, unknownApplication, expired } = results.refusals
  const refusal = dearest([malformed, wrongAlgorithm, unknownApplication, expired])
  const { keyFiles, listed } = results.applications
  const [few, many] = keyFiles
  const { handshakes } = results.handshakes
  const cpu = (name: string, other: string) => ratioBetween('cpu', rounds[name], rounds[other])
  const pace = (name: string, other: string) => ratioBetween('throughput', rounds[name], rounds[other])

  return [
    bar('Whole API ÷ the same, unauthenticated: CPU', '≤', 1.03, '×', cpu('api', 'api-open')),
    bar('Whole API ÷ the same, unauthenticated: throughput', '≥', 0.97, '×', pace('api', 'api-open')),
    bar('Whole API ÷ bare Express: CPU', '≤', 1.6, '×', cpu('api', 'express')),
    bar('Whole API ÷ bare Express: CPU, the goal', '≤', 1.35, '×', cpu('api', 'express')),
    bar("Throughput ÷ the article's", '≥', 4, '×', pace('express-signet', 'express-article')),
    bar('Throughput ÷ express-oauth2-jwt-bearer', '≥', 2.8, '×', pace('express-signet', 'express-oauth2')),
    bar('Throughput ÷ passport-jwt', '≥', 4, '×', pace('express-signet', 'express-passport')),
    bar('First verification ÷ `crypto.verify`', '≤', 1.25, '×', divided(first, cryptoVerify)),
    bar('Repeated verification', '≤', 2, 'µs', repeated),
    bar('jsonwebtoken, prepared key ÷ repeated', '≥', 18, '×', divided(jsonwebtoken, repeated)),
    bar("fast-jwt's cache ÷ repeated", '≥', 1, '×', divided(fastJwtCache, repeated)),
    bar('A refusal without RSA, the dearest of four', '≤', 3, 'µs', refusal),
    bar('Start-up, 100,000 key files ÷ one', '≤', 1.1, '×', divided(many?.microseconds, few?.microseconds)),
    bar('Memory, 100,000 key files ÷ one', '≤', 1.1, '×', divided(many?.heap, few?.heap)),
    bar('The application registry, an application: time', '≤', 2, 'µs', listed.microseconds),
    bar('The application registry, an application: memory', '≤', 1, 'KB', times(listed.bytes, 1 / 1024)),
    bar(`p99 under ${FORGED_RATE} forged tokens/s ÷ quiet`, '≤', 1.5, '×', results.honestCaller.ratio),
    bar('New TLS connections at steady load', '≤', 0, '', figureOf([handshakes])),
    bar('`npm start` until all three services answer', '≤', 1500, 'ms', results.startUp),
  ]
}

function bar(
  text: string,
  is: Bar['is'],
  limit: number,
  unit: Bar['unit'],
  measured: Figure | undefined,
): Bar {
  const met = measured && (is === '≤' ? measured.median <= limit : measured.median >= limit)
  return { text, is, limit, unit, measured, met }
}

function ratioBetween(field: keyof Sample, samples: Sample[] = [], others: Sample[] = []): Figure {
  return ratioOf(
    samples.map((sample) => sample[field]),
    others.map((other) => other[field]),
  )
}

/** Of medians; the quarters are the farthest that both can be apart. */
function divided(figure: Figure | undefined, by: Figure | undefined): Figure | undefined {
  if (!figure || !by) return undefined
  return { median: figure.median / by.median, low: figure.low / by.high, high: figure.high / by.low }
}

function times({ median, low, high }: Figure, factor: number): Figure {
  return { median: median * factor, low: low * factor, high: high * factor }
}

function dearest(figures: readonly Figure[]): Figure | undefined {
  return figures.toSorted((one, other) => other.median - one.median)[0]
}
