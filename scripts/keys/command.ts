import type { ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { type Application, type generateKeyPair, PERMISSION } from '@signet/auth'
import { UsageError } from './errors.ts'
import type { Places } from './places.ts'

/** A command of `npm run keys`. `run` returns the exit status, or throws the error that stopped it. */
export type Command<Options extends ParseArgsOptionsConfig = ParseArgsOptionsConfig> = {
  usage: string
  summary: string
  /** What `--help` prints below the usage. */
  help: string
  options: Options
  /** How many words may follow the command. */
  words: { least: number; most: number }
  run(context: Context, words: string[], values: Values<Options>): Promise<number> | number
}

/** What a command works with. `now` returns milliseconds since 1970. */
export type Context = {
  places: Places
  now: () => number
  newKeyPair: typeof generateKeyPair
  readInput: () => string
  /** Writes a line to standard output. */
  print: (line: string) => void
  /** Writes a change into the history. It is called right after the change was made. */
  record: (change: Change) => void
}

/** What a command changed, in a few words. It never holds a key, a token or an unchecked word of the command line. */
export type Change = Readonly<{
  change: string
  application?: Pick<Application, 'appId' | 'name'>
  /** The RFC 7638 thumbprint of the key that was changed, the `kid` of a token. */
  keyId?: string | undefined
}>

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>['values']

/** A command whose `values` have the types that its options declare. */
export function command<const Options extends ParseArgsOptionsConfig>(definition: Command<Options>): Command {
  return definition as unknown as Command
}

/** The permissions that words of the command line name. Throws {@link UsageError}. */
export function readPermissions(words: readonly string[]): string[] {
  const wrong = words.find((word) => !PERMISSION.test(word))
  if (wrong !== undefined)
    throw new UsageError(
      `The permission "${wrong}" does not match ${PERMISSION.source}. In a shell, put quotes around "*".`,
    )
  return [...new Set(words)]
}

/** The seconds that an option names. Throws {@link UsageError}. */
export function readSeconds(option: string, value: string): number {
  if (!/^\d+(\.\d+)?$/.test(value))
    throw new UsageError(`--${option}: "${value}" is not a number of seconds.`)
  return Number(value)
}

/** A table as text. Each column is as wide as its widest cell; a cell may hold several lines. */
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
