import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bar, barsOf } from './bars.ts'
import { drawChart } from './chart.ts'
import { makeStage } from './make-stage.ts'
import { HELP, type Options, OptionsError, readOptions } from './options.ts'
import { openProgress } from './progress.ts'
import { printedReport, writtenReport } from './report.ts'
import { measureAll, type Results } from './results.ts'
import { printedSoak } from './soak/report.ts'
import { soak } from './soak/soak.ts'
import { openStage } from './stage.ts'

const DOCS = join(import.meta.dirname, '../docs')

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
  const folder = await makeStage()
  // Also when it is interrupted: private keys lie there.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

  const stage = openStage(folder)
  if (command === 'soak') {
    const result = await soak(stage, { minutes, say: progress.say })
    progress.end()
    console.log(json ? JSON.stringify(result, null, 2) : printedSoak(result))
    return
  }
  const results = await measureAll(stage, { quick, say: progress.say })
  const bars = barsOf(results)
  progress.end()
  if (json) console.log(JSON.stringify({ ...results, bars }, null, 2))
  else {
    console.log(printedReport(results, bars))
    await write(results, bars)
  }
}

async function write(results: Results, bars: readonly Bar[]): Promise<void> {
  mkdirSync(join(DOCS, 'images'), { recursive: true })
  writeFileSync(join(DOCS, 'benchmarks.md'), writtenReport(results, bars))
  writeFileSync(join(DOCS, 'images/benchmarks.svg'), await drawChart(results))
  console.error('Written: docs/benchmarks.md, docs/images/benchmarks.svg')
}
