import { styleText } from 'node:util'
import { GROUPS } from './probe.ts'
import type { Result } from './run-probes.ts'

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
export function answerText({
  status,
  code,
}: Pick<Result, 'expect'>['expect'] | NonNullable<Result['answer']>) {
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
