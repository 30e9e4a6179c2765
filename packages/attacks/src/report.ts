import { setTimeout } from 'node:timers/promises'
import { styleText } from 'node:util'
import { GROUPS } from './probe.ts'
import type { Report, Result } from './run-probes.ts'

const SPACE = '  '

/**
 * One line for each probe, by group: its name, the rule or CVE, the answer, the verdict. Names and rules are cut to fit
 * into `width` (columns), of which names get at least three fifths where both are too long.
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

/** How many attacks and valid requests were answered as expected, and each wrong answer. */
export function summaryOf({ results, clockDifference }: Report): string {
  const tried = results.filter(({ verdict }) => verdict !== 'skipped')
  const wrong = tried.filter(({ verdict }) => verdict === 'wrong')
  const lines = [
    tally(tried, 'attack', 'attacks were refused as expected'),
    tally(tried, 'accepted', 'valid requests were accepted'),
  ]
  if (tried.length < results.length)
    lines.push(
      `${results.length - tried.length} were skipped: they need a second application (see --other-key) or other options`,
    )
  if (clockDifference !== 0)
    lines.push(
      `The API's clock differs from this one by ${(clockDifference / 1000).toFixed(1)} s; the tokens were made for its clock`,
    )
  if (acceptedNothing(tried))
    lines.push('Nothing was accepted: does the API know this application, its key and the audience?')
  if (wrong.length > 0) lines.push('', 'Wrong answers:', ...wrong.map(differenceOf))
  return lines.join('\n')
}

/**
 * Reports the progress of a run. On a terminal it rewrites one line (`overwrite`). Elsewhere it prints one line for each
 * wait.
 */
export function openProgress({ total, refused, printError, overwrite, wait = pause }: ProgressOptions) {
  let tried = 0
  let waits = 0

  return {
    /** Is called with the number of probes that have been tried. */
    onTried(count: number): void {
      tried = count
      overwrite?.(progress())
    },

    /** Waits for this time and reports the time that is left. */
    async wait(seconds: number): Promise<void> {
      if (waits === 0) {
        overwrite?.('')
        printError(HINT)
      }
      waits++
      const rest = seconds * waitsLeft()
      if (!overwrite) {
        printError(waiting(seconds, rest))
        return wait(seconds)
      }
      for (let left = seconds; left > 0; left--) {
        overwrite(waiting(left, rest))
        await wait(1)
      }
    },

    /** Clears the line. */
    end: () => overwrite?.(''),
  }

  function progress(): string {
    return `${tried} of ${total} tried.`
  }

  function waiting(seconds: number, rest: number): string {
    return `${progress()} Rate limited (429): continues in ${seconds} s, about ${inWords(seconds + rest)} left.`
  }

  /** Assumes that the API continues to limit after the same number of refused probes. */
  function waitsLeft(): number {
    const between = tried / waits
    return between > 0 ? Math.max(0, Math.round((refused - tried) / between)) : 0
  }
}

export type ProgressOptions = {
  total: number
  /** How many of the probes the API is expected to refuse. They are tried first, and only they count against its limit. */
  refused: number
  printError: (line: string) => void
  /** Replaces the last line of a terminal. */
  overwrite?: ((line: string) => void) | undefined
  wait?: ((seconds: number) => Promise<void>) | undefined
}

const HINT = `The API limits refused tokens. The run waits as its Retry-After header asks. To avoid the wait, start the
API with a higher limit: FAILURE_LIMIT=100000 npm start`

const WORDS = { right: 'ok', wrong: 'WRONG', skipped: 'skipped' } as const

function headingOf({ kind, group }: Result): string {
  return `${kind === 'attack' ? 'MUST BE REFUSED' : 'MUST BE ACCEPTED'}  ${group}: ${GROUPS[group]}`
}

function rowOf({ name, why, answer, verdict }: Result): string[] {
  const none = verdict === 'skipped' ? '' : 'no answer'
  return [name, why, answer ? answerText(answer) : none, WORDS[verdict]]
}

/** The status and the code of an answer, or of the expected one. */
function answerText({ status, code }: Result['expect'] | NonNullable<Result['answer']>) {
  return [status, [code ?? []].flat().join(' or ')].join(' ').trim()
}

function widest(rows: readonly string[][], column: number): number {
  return Math.max(0, ...rows.map((row) => row[column]?.length ?? 0))
}

/** Cuts in the middle, because related names differ at their ends. */
function shortened(text: string, width: number): string {
  if (text.length <= width) return text.padEnd(width)
  const end = Math.floor((width - 1) / 2)
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`
}

function fitted(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`
}

function tally(tried: readonly Result[], kind: Result['kind'], words: string): string {
  const ofKind = tried.filter((result) => result.kind === kind)
  return `${ofKind.filter(({ verdict }) => verdict === 'right').length} of ${ofKind.length} ${words}`
}

function acceptedNothing(tried: readonly Result[]): boolean {
  const accepted = tried.filter(({ kind }) => kind === 'accepted')
  return accepted.length > 0 && accepted.every(({ verdict }) => verdict === 'wrong')
}

function differenceOf({ name, why, expect, answer, fault }: Result): string {
  const got = answer ? `${answerText(answer)}: ${fault}` : `no answer: ${fault}`
  return `  ${name}\n    ${why}\n    expected ${answerText(expect)}, got ${got}`
}

function inWords(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

async function pause(seconds: number): Promise<void> {
  await setTimeout(seconds * 1000)
}
