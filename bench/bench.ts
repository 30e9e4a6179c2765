import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WriteStream } from 'node:tty'
import { parseArgs } from 'node:util'
import { drawChart } from './chart.ts'
import { openFixture } from './fixture.ts'
import { makeFixture } from './make-fixture.ts'
import { printedReport, writtenReport } from './report.ts'
import { measureAll } from './results.ts'
import { printedSoak, soak } from './soak.ts'
import { targetsOf } from './targets.ts'

const DOCS = join(import.meta.dirname, '../docs')

const HELP = `Usage: npm run bench -- [soak] [options]

Measures the cost of authentication with Signet and with the usual alternatives. All servers run in turn on this machine.
Prints a table, and writes docs/benchmarks.md and docs/images/benchmarks.svg. Takes about ten minutes.

  soak           sends mixed traffic to the API while keys rotate, and shows whether the API's memory grows
  --minutes N    duration of the soak (default 2, at most 60)
  --quick        an inexact run in less than 40 seconds
  --json         print the results as JSON and write no file (with npm run -s, print nothing else)
  -h, --help     print this text

With DATABASE_URL and REDIS_URL, the API is measured with PostgreSQL and Redis, too. It needs a database of its own: it
fills it with sample data.

Progress is written to standard error.`

type Options = {
  command: 'compare' | 'soak'
  quick: boolean
  json: boolean
  help: boolean
  minutes: number
}

/** The command line is wrong; the message says what is wrong. */
class OptionsError extends Error {
  readonly code = 'options_invalid'
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else await run(options)
} catch (error) {
  if (!(error instanceof OptionsError)) throw error
  console.error(`${error.message}\n\n${HELP}`)
  process.exitCode = 2
}

async function run({ command, quick, json, minutes }: Options): Promise<void> {
  const progress = openProgress(process.stderr)
  const folder = await makeFixture()
  // The folder holds private keys, so it is also removed after an interrupt.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

  const fixture = openFixture(folder)
  if (command === 'soak') {
    const result = await soak(fixture, { minutes, progress: progress.show })
    progress.end()
    console.log(json ? JSON.stringify(result, null, 2) : printedSoak(result))
    return
  }
  const results = await measureAll(fixture, { quick, progress: progress.show })
  const targets = targetsOf(results)
  progress.end()
  if (json) {
    console.log(JSON.stringify({ ...results, targets }, null, 2))
    return
  }
  console.log(printedReport(results, targets))
  mkdirSync(join(DOCS, 'images'), { recursive: true })
  writeFileSync(join(DOCS, 'benchmarks.md'), writtenReport(results, targets))
  writeFileSync(join(DOCS, 'images/benchmarks.svg'), await drawChart(results))
  console.error('Written: docs/benchmarks.md, docs/images/benchmarks.svg')
}

/** Reads the command line. Throws OptionsError. */
function readOptions(args: string[]): Options {
  const { values, positionals } = parse(args)
  const [command = 'compare', ...more] = positionals
  if ((command !== 'soak' && positionals.length > 0) || more.length > 0)
    throw new OptionsError(`There is no command "${positionals.join(' ')}".`)
  const { quick, json, help, minutes } = values
  if (command === 'soak' && quick) throw new OptionsError('--quick cannot be used with soak: use --minutes.')
  if (command !== 'soak' && minutes !== undefined)
    throw new OptionsError('--minutes can only be used with soak.')
  return { command: command as Options['command'], quick, json, help, minutes: readMinutes(minutes) }
}

function parse(args: string[]) {
  try {
    const flag = { type: 'boolean', default: false } as const
    const options = {
      quick: flag,
      json: flag,
      help: { ...flag, short: 'h' },
      minutes: { type: 'string' },
    } as const
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new OptionsError((error as Error).message)
  }
}

function readMinutes(text = '2'): number {
  const minutes = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || minutes <= 0 || minutes > 60)
    throw new OptionsError(`--minutes: "${text}" is not a number of minutes between 0 and 60.`)
  return minutes
}

/** Shows the current step. A terminal shows one line that changes; any other stream gets one line for each step. */
function openProgress(stream: WriteStream) {
  const start = performance.now()
  return {
    show(text: string): void {
      const line = `[${Math.round((performance.now() - start) / 1000)} s] ${text}`
      stream.write(stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
    },
    end(): void {
      if (stream.isTTY) stream.write('\r\x1b[K')
    },
  }
}
