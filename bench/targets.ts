import { type Figure, figureOf, ratioOf } from './measure.ts'
import type { Results } from './results.ts'
import type { Sample } from './servers.ts'
import { FORGED_RATE } from './under-load.ts'

/** A target for the speed. Its `limit` is compared with the median. `met` is undefined if nothing was measured. */
export type Target = {
  text: string
  is: '≤' | '≥'
  limit: number
  unit: '×' | 'µs' | 'ms' | 'KB' | ''
  measured: Figure | undefined
  met: boolean | undefined
}

const WHOLE_API = 'Whole API ÷ the same, unauthenticated: CPU'

/** How far the quarters of the most important ratio may be from its median, so that the run says something. */
const PRECISION = 0.03

/** Says so if the machine was too busy for a precise run; undefined if it was not. */
export function imprecisionOf(targets: readonly Target[]): string | undefined {
  const ratio = targets.find(({ text }) => text === WHOLE_API)?.measured
  if (!ratio) return undefined
  const distance = Math.max(ratio.high - ratio.median, ratio.median - ratio.low)
  if (distance <= PRECISION) return undefined
  return `The machine was too busy for a precise run: the quarters of "${WHOLE_API}" are up to ${distance.toFixed(2)} from the median, not ${PRECISION} at most.`
}

/** The targets of this repository. A ratio of two servers is computed within each block. */
export function targetsOf({ blocks, ...results }: Results): Target[] {
  const { cryptoVerify, first, jsonwebtoken, repeated, fastJwtCache } = results.verification
  const { malformed, wrongAlgorithm, unknownApplication, expired } = results.refusals
  const refusal = slowestOf([malformed, wrongAlgorithm, unknownApplication, expired])
  const { keyFiles, listed } = results.applications
  const [few, many] = keyFiles
  const { handshakes } = results.handshakes
  const cpu = (name: string, other: string) => ratioBetween('cpu', blocks[name], blocks[other])
  const throughput = (name: string, other: string) => ratioBetween('throughput', blocks[name], blocks[other])

  return [
    target(WHOLE_API, '≤', 1.03, '×', cpu('api', 'api-open')),
    target(
      'Whole API ÷ the same, unauthenticated: throughput',
      '≥',
      0.97,
      '×',
      throughput('api', 'api-open'),
    ),
    target('Whole API ÷ bare Express: CPU', '≤', 1.35, '×', cpu('api', 'express')),
    target('Express + Signet ÷ Express: CPU', '≤', 1.06, '×', cpu('express-signet', 'express')),
    target('Throughput ÷ minimal middleware', '≥', 5, '×', throughput('express-signet', 'express-minimal')),
    target('Throughput ÷ passport-jwt', '≥', 4.3, '×', throughput('express-signet', 'express-passport')),
    target(
      'Throughput ÷ jsonwebtoken, prepared key',
      '≥',
      3.1,
      '×',
      throughput('express-signet', 'express-jsonwebtoken'),
    ),
    target('CPU ÷ express-oauth2-jwt-bearer', '≤', 0.3, '×', cpu('express-signet', 'express-oauth2')),
    target('CPU ÷ Fastify with its plugin and cache', '≤', 1.03, '×', cpu('express-signet', 'fastify-jwt')),
    target('First verification ÷ `crypto.verify`', '≤', 1.25, '×', divided(first, cryptoVerify)),
    target('Repeated verification', '≤', 0.6, 'µs', repeated),
    target(
      'jsonwebtoken, prepared key ÷ repeated verification',
      '≥',
      60,
      '×',
      divided(jsonwebtoken, repeated),
    ),
    target("fast-jwt's cache ÷ repeated verification", '≥', 5, '×', divided(fastJwtCache, repeated)),
    target('Refusal without RSA, the slowest of four', '≤', 2, 'µs', refusal),
    target(
      'Start-up, 100,000 key files ÷ one',
      '≤',
      1.1,
      '×',
      divided(many?.microseconds, few?.microseconds),
    ),
    target('Memory, 100,000 key files ÷ one', '≤', 1.1, '×', divided(many?.heap, few?.heap)),
    target('Application registry, time for each application', '≤', 2, 'µs', listed.microseconds),
    target('Application registry, memory for each application', '≤', 1, 'KB', times(listed.bytes, 1 / 1024)),
    target(
      `p99 under ${FORGED_RATE} forged tokens/s ÷ quiet`,
      '≤',
      1.5,
      '×',
      results.latencyUnderAttack.ratio,
    ),
    target('New TLS connections at steady load', '≤', 0, '', figureOf([handshakes])),
    target('`npm start` until all three services answer', '≤', 1500, 'ms', results.startUp),
  ]
}

function target(
  text: string,
  is: Target['is'],
  limit: number,
  unit: Target['unit'],
  measured: Figure | undefined,
): Target {
  const met = measured && (is === '≤' ? measured.median <= limit : measured.median >= limit)
  return { text, is, limit, unit, measured, met }
}

function ratioBetween(field: keyof Sample, samples: Sample[] = [], others: Sample[] = []): Figure {
  return ratioOf(
    samples.map((sample) => sample[field]),
    others.map((other) => other[field]),
  )
}

/** One median divided by another. The quartiles are the extremes: the lowest divided by the highest, and the reverse. */
function divided(figure: Figure | undefined, by: Figure | undefined): Figure | undefined {
  if (!figure || !by) return undefined
  return { median: figure.median / by.median, low: figure.low / by.high, high: figure.high / by.low }
}

function times({ median, low, high }: Figure, factor: number): Figure {
  return { median: median * factor, low: low * factor, high: high * factor }
}

function slowestOf(figures: readonly Figure[]): Figure | undefined {
  return figures.toSorted((one, other) => other.median - one.median)[0]
}
