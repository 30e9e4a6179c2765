import { type ChildProcess, spawn } from 'node:child_process'
import { parseArgs, stripVTControlCharacters } from 'node:util'
import { freePort } from '@signet/testing/free-port'
import { run, startNpm } from '@signet/testing/process'
import { ROOT } from '@signet/testing/repository'

// `npm run test:repeat`: shows that the tests are reliable. It runs all of them several times, without a cache, while the
// system runs and other programs keep the processor busy. The exit status is 1 if any run failed.

const USAGE = `Usage: npm run test:repeat -- [--runs N] [--busy N]

  --runs N  how often all tests run (10)
  --busy N  how many endless loops run beside them (2)`

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const options = read(args)
  if (typeof options === 'string') {
    console.error(options)
    return 2
  }
  const loops: ChildProcess[] = []
  const port = String(await freePort({ count: 3 }))
  const system = startNpm(ROOT, ['start', '--', '--port', port])
  process.once('exit', () => {
    for (const loop of loops) loop.kill('SIGKILL')
    process.kill(-system.pid, 'SIGTERM')
  })
  await system.prints(/Ctrl-C stops it/)
  for (let count = 0; count < options.busy; count++)
    loops.push(spawn(process.execPath, ['-e', 'for (;;) {}']))

  let failed = 0
  for (let at = 1; at <= options.runs; at++) if (!(await testOnce(`${at} of ${options.runs}`))) failed++
  console.log(`${failed} of ${options.runs} runs failed`)
  return failed === 0 ? 0 : 1
}

/** Runs the tests once, and prints a line with the result and each failure. */
async function testOnce(name: string): Promise<boolean> {
  const began = performance.now()
  const { status, output, errors } = await run('npm', ['test', '--', '--force'], { cwd: ROOT })
  const seconds = Math.round((performance.now() - began) / 1000)
  const faults = stripVTControlCharacters(output + errors).match(/^.* (FAIL|ERROR|error) .*$/gm) ?? []
  console.log(
    [`${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s`, ...new Set(faults)].join('\n  '),
  )
  return status === 0
}

/** The options, or a message about a wrong command line. */
function read(args: string[]): { runs: number; busy: number } | string {
  try {
    const { values } = parseArgs({
      args,
      options: { runs: { type: 'string', default: '10' }, busy: { type: 'string', default: '2' } },
    })
    const [runs, busy] = [Number(values.runs), Number(values.busy)]
    const areNumbers = Number.isInteger(runs) && Number.isInteger(busy) && runs > 0 && busy >= 0
    return areNumbers ? { runs, busy } : `--runs and --busy must be whole numbers.\n\n${USAGE}`
  } catch (error) {
    return `${(error as Error).message}\n\n${USAGE}`
  }
}
