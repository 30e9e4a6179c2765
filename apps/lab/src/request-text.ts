import type { ProbeRequest } from '@signet/attacks'
import { readable } from './readable.ts'
import { withholdOnTheWire } from './withhold.ts'

/** A request line by line, as it goes over the wire, with a count in place of everything that could be a signature. */
export function requestText({ method = 'GET', path = '/', headers = {}, body }: ProbeRequest): string[] {
  const fields = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}`),
  )
  const lines = [`${method} ${path}`, ...fields, ...(body ? ['', body] : [])]
  return lines.map((line) => readable(withholdOnTheWire(line))).reduce(withoutRepetition, [])
}

/** From the fourth of the same lines on, they are counted. */
function withoutRepetition(lines: string[], line: string, place: number, all: readonly string[]): string[] {
  const first = all.slice(0, place).findLastIndex((one) => one !== line) + 1
  const next = all.findIndex((one, index) => index > place && one !== line)
  const count = (next < 0 ? all.length : next) - first
  if (count < 4 || line === '') return [...lines, line]
  return place === first ? [...lines, `${line} ‹${count} times›`] : lines
}
