import type { Bar } from './bars.ts'
import { CONTENDERS } from './contenders.ts'
import type { Results } from './results.ts'
import type { Sample } from './rounds.ts'
import { type Figure, figureOf, ratioOf } from './statistics.ts'

export type Rows = { head: string[]; rows: string[][] }

export function contenderRows({ rounds }: Results): Rows {
  const rows = CONTENDERS.map(({ name, label, bare }) => {
    const values = (field: keyof Sample, of = name) => (rounds[of] ?? []).map((sample) => sample[field])
    return [
      label,
      shown(figureOf(values('throughput'))),
      shown(figureOf(values('cpu'))),
      shown(figureOf(values('p50'))),
      shown(figureOf(values('p99'))),
      name === bare ? '1' : shown(ratioOf(values('cpu'), values('cpu', bare))),
    ]
  })
  const head = ['server', 'requests/s', 'CPU, µs a request', 'p50, ms', 'p99, ms', 'CPU ÷ unauthenticated']
  return { head, rows }
}

export function verificationRows({ verification, signing }: Results): Rows {
  return {
    head: ['call', 'CPU, µs'],
    rows: [
      ['`crypto.verify` alone', shown(verification.cryptoVerify)],
      ['**Signet, a token seen for the first time**', shown(verification.first)],
      ['jsonwebtoken, prepared key', shown(verification.jsonwebtoken)],
      ['jsonwebtoken, key as PEM', shown(verification.jsonwebtokenPem)],
      ['jose', shown(verification.jose)],
      ['**Signet, a token that comes again**', shown(verification.repeated)],
      ['fast-jwt with its cache, a token that comes again', shown(verification.fastJwtCache)],
      ['SHA-256 of a token alone', shown(verification.digest)],
      ['`crypto.sign` alone', shown(signing.cryptoSign)],
      ['**Signet, a new token**', shown(signing.signToken)],
      ['**Signet, the token source, reusing it**', shown(signing.tokenSource)],
    ],
  }
}

export function refusalRows({ refusals }: Results): Rows {
  return {
    head: ['token', 'CPU, µs'],
    rows: [
      ['malformed', shown(refusals.malformed)],
      ['signed with another algorithm', shown(refusals.wrongAlgorithm)],
      ['of an unknown application', shown(refusals.unknownApplication)],
      ['expired', shown(refusals.expired)],
      ['with a forged signature (here only RSA tells)', shown(refusals.forged)],
    ],
  }
}

export function applicationRows({ applications }: Results): Rows {
  return {
    head: ['applications', 'repeated verification, µs', 'look-up in the application registry, µs'],
    rows: applications.repeated.map(({ count, verify, find }) => [
      count.toLocaleString('en'),
      shown(verify),
      shown(find),
    ]),
  }
}

export function barRows(bars: readonly Bar[]): Rows {
  return {
    head: ['bar', 'asked', 'measured', 'met'],
    rows: bars.map(({ text, is, limit, unit, measured, met }) => [
      text,
      `${is} ${limit} ${unit}`.trimEnd(),
      measured ? shown(measured) : 'not measured',
      met === undefined ? '–' : met ? 'yes' : '**no**',
    ]),
  }
}

/** The median, and the quarters around it where they differ from it. */
export function shown({ median, low, high }: Figure): string {
  const [middle, ...quarters] = [median, low, high].map(rounded)
  return quarters.every((quarter) => quarter === middle) ? `${middle}` : `${middle} (${quarters.join('–')})`
}

/** Three digits that count, and all of those before the point. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
