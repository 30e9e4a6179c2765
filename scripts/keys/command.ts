import type { ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { type generateKeyPair, PERMISSION } from '@signet/auth'
import type { Change } from './commands/history.ts'
import { UsageError } from './errors.ts'
import type { Places } from './places.ts'

/** What a command works with. `now` answers milliseconds since 1970. */
export type Context = {
  places: Places
  now: () => number
  newKeyPair: typeof generateKeyPair
  readInput: () => string
  /** Writes a line of the answer to standard output. */
  print: (line: string) => void
  /** Notes a change in the history, right after it was made. */
  record: (change: Change) => void
}

/** One word after `keys`. `run` answers the exit status, and throws what stopped it. */
export type Command<Options extends ParseArgsOptionsConfig = ParseArgsOptionsConfig> = {
  usage: string
  summary: string
  /** What `--help` says below the usage. */
  help: string
  options: Options
  /** How many words may follow the command. */
  words: { least: number; most: number }
  run(context: Context, words: string[], values: Values<Options>): Promise<number> | number
}

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>['values']

/** A command whose options are typed as it declares them. */
export function command<const Options extends ParseArgsOptionsConfig>(definition: Command<Options>): Command {
  return definition as unknown as Command
}

/** Permissions as words of the command line. Throws {@link UsageError}. */
export function readPermissions(words: readonly string[]): string[] {
  const wrong = words.find((word) => !PERMISSION.test(word))
  if (wrong !== undefined)
    throw new UsageError(
      `The permission "${wrong}" does not match ${PERMISSION.source}. A shell needs quotes round "*".`,
    )
  return [...new Set(words)]
}

/** The seconds that an option names. Throws {@link UsageError}. */
export function readSeconds(option: string, value: string): number {
  if (!/^\d+(\.\d+)?$/.test(value))
    throw new UsageError(`--${option}: "${value}" is not a number of seconds.`)
  return Number(value)
}

/** Rows in columns as wide as their widest cell. A cell may hold several lines. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) =>
    Math.max(...all.flatMap((row) => linesOf(row[column]).map((line) => line.length))),
  )
  return all.map((row) => linesOfRow(row, widths)).join('\n')
}

function linesOfRow(row: readonly string[], widths: readonly number[]): string {
  const height = Math.max(...row.map((cell) => linesOf(cell).length))
  const lines = Array.from({ length: height }, (_, line) =>
    widths
      .map((width, column) => (linesOf(row[column])[line] ?? '').padEnd(width))
      .join('  ')
      .trimEnd(),
  )
  return lines.join('\n')
}

function linesOf(cell = ''): string[] {
  return cell.split('\n')
}
