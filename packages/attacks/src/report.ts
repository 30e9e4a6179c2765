import { setTimeout } from 'node:timers/promises'
import { styleText } from 'node:util'
import { GROUPS } from './probe.ts'
import type { Report, Result } from './run-probes.ts'

const SPACE = '  '

/**
 * One line for each probe, by group: what it is called, the rule or CVE that it tries, the answer, the verdict. `width`
 * in columns: the first two are cut to fit, and share the room by three to two.
 */
export function tableOf(
  results: readonly Result[],
  { width = Number.POSITIVE_INFINITY, colors = false } = {},
) {
  const rows = results.map(rowOf)
  const [name = 0, why = 0, answer = 0, verdict = 0] = [0, 1, 2, 3].map((column) => widest(rows, column))
  const room = Math.max(20, width - answer - verdict - 3 * SPACE.length)
  const nameWidth = Math.min(name, Math.max(room - why, Math.ceil(room * 0.6)))
  const widths = [nameWidth, Math.min(why, room - nameWidth), answer, verdict]

  const groups = Map.groupBy(results, headingOf)
  return [...groups].map(([heading, group]) => [heading, ...group.map(lineOf)].join('\n')).join('\n\n')

  function lineOf(result: Result): string {
    const [name = '', ...others] = rowOf(result)
    const cells = [
      shortened(name, widths[0] ?? 0),
      ...others.map((cell, index) => fitted(cell, widths[index + 1] ?? 0)),
    ]
    const line = cells.join(SPACE).trimEnd()
    return colors && result.verdict === 'wrong' ? styleText('red', line, { validateStream: false }) : line
  }
}

/** The status and the code of an answer, or of the one that was expected. */
function answerText({ status, code }: Pick<Result, 'expect'>['expect'] | NonNullable<Result['answer']>) {
  return [status, [code ?? []].flat().join(' or ')].join(' ').trim()
}

const WORDS = { right: 'ok', wrong: 'WRONG', skipped: 'skipped' } as const

function headingOf({ kind, group }: Result): string {
  return `${kind === 'attack' ? 'MUST BE REFUSED' : 'MUST BE ACCEPTED'}  ${group}: ${GROUPS[group]}`
}

function rowOf({ name, why, answer, verdict }: Result): string[] {
  const none = verdict === 'skipped' ? '' : 'no answer'
  return [name, why, answer ? answerText(answer) : none, WORDS[verdict]]
}

function widest(rows: readonly string[][], column: number): number {
  return Math.max(0, ...rows.map((row) => row[column]?.length ?? 0))
}

/** In the middle, since the names of a family differ at their ends. */
function shortened(text: string, width: number): string {
  if (text.length <= width) return text.padEnd(width)
  const end = Math.floor((width - 1) / 2)
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`
}

function fitted(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`
}

/** How many of each kind went as they should, what differs, and where to look first. */
export function summaryOf({ results, clockDifference }: Report): string {
  const tried = results.filter(({ verdict }) => verdict !== 'skipped')
  const wrong = tried.filter(({ verdict }) => verdict === 'wrong')
  const lines = [
    tally(tried, 'attack', 'attacks were refused as they should be'),
    tally(tried, 'accepted', 'valid requests were accepted'),
  ]
  if (tried.length < results.length)
    lines.push(`${results.length - tried.length} were skipped, for want of what they need (see --other-key)`)
  if (clockDifference !== 0)
    lines.push(
      `The API's clock differs from this one by ${(clockDifference / 1000).toFixed(1)} s; times allow for it`,
    )
  if (isDeaf(tried))
    lines.push('Nothing was accepted: does the API know this application, its key and the audience?')
  if (wrong.length > 0) lines.push('', 'What differs:', ...wrong.map(differenceOf))
  return lines.join('\n')
}

function tally(tried: readonly Result[], kind: Result['kind'], words: string): string {
  const ofKind = tried.filter((result) => result.kind === kind)
  return `${ofKind.filter(({ verdict }) => verdict === 'right').length} of ${ofKind.length} ${words}`
}

function isDeaf(tried: readonly Result[]): boolean {
  const accepted = tried.filter(({ kind }) => kind === 'accepted')
  return accepted.length > 0 && accepted.every(({ verdict }) => verdict === 'wrong')
}

function differenceOf({ name, why, expect, answer, fault }: Result): string {
  const got = answer ? `${answerText(answer)}: ${fault}` : `no answer: ${fault}`
  return `  ${name}\n    ${why}\n    expected ${answerText(expect)}, got ${got}`
}

/**
 * Tells how far the run is. On a terminal one line is written over again and again; elsewhere there is a line for each wait.
 */
export function openProgress({ total, refused, printError, overwrite, wait = pause }: ProgressOptions) {
  let tried = 0
  let waits = 0

  return {
    /** As many probes have been tried as `count`. */
    onTried(count: number): void {
      tried = count
      overwrite?.(progress())
    },

    /** Waits as long as the API asks for, and tells the time that is left. */
    async wait(seconds: number): Promise<void> {
      if (waits === 0) {
        overwrite?.('')
        printError(HINT)
      }
      waits++
      const rest = seconds * waitsLeft()
      if (!overwrite) {
        printError(
          `${progress()} Limited (429): goes on in ${seconds} s, about ${inWords(seconds + rest)} left.`,
        )
        return wait(seconds)
      }
      for (let left = seconds; left > 0; left--) {
        overwrite(`${progress()} Limited (429): goes on in ${left} s, about ${inWords(left + rest)} left.`)
        await wait(1)
      }
    },

    /** Leaves no line half written. */
    end: () => overwrite?.(''),
  }

  function progress(): string {
    return `${tried} of ${total} tried.`
  }

  /** If the API goes on as it did: so many refused probes, and then a wait. */
  function waitsLeft(): number {
    const between = tried / waits
    return between > 0 ? Math.max(0, Math.round((refused - tried) / between)) : 0
  }
}

export type ProgressOptions = {
  total: number
  /** How many of them the API is to refuse. They come first, and only they count against its limit. */
  refused: number
  printError: (line: string) => void
  /** Replaces the last line of a terminal. */
  overwrite?: ((line: string) => void) | undefined
  wait?: ((seconds: number) => Promise<void>) | undefined
}

const HINT = `The API limits refused tokens. This waits as its Retry-After asks. To run without waiting, start the
API with a higher limit: FAILURE_LIMIT=100000 npm start`

function inWords(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

async function pause(seconds: number): Promise<void> {
  await setTimeout(seconds * 1000)
}
