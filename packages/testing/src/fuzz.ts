import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

// `npm run test:fuzz`: runs the properties of all workspaces with new random cases. `npm test` runs them with the same
// cases each time. The exit status is that of the tests.

const USAGE = `Usage: npm run test:fuzz -- [--seconds N] [--seed N]

  --seconds N  how long each property is tested (10)
  --seed N     the seed of an earlier run, to repeat its cases (a new one)`

process.exitCode = main(process.argv.slice(2))

function main(args: string[]): number {
  const options = read(args)
  if (typeof options === 'string') {
    console.error(options)
    return 2
  }
  const { seed, seconds } = options
  console.log(
    `Seed ${seed}. To try the same cases again: npm run test:fuzz -- --seed ${seed} --seconds ${seconds}`,
  )
  const { status } = spawnSync('vitest', ['run', '--testTimeout=0', '.properties.test.ts'], {
    cwd: join(import.meta.dirname, '../../..'),
    env: { ...process.env, FUZZ_SEED: String(seed), FUZZ_SECONDS: String(seconds) },
    stdio: 'inherit',
  })
  return status ?? 1
}

/** The options, or a message about a wrong command line. */
function read(args: string[]): { seed: number; seconds: number } | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seed: { type: 'string' },
        seconds: { type: 'string', default: '10' },
        help: { type: 'boolean' },
      },
    })
    const seed = Number(values.seed ?? randomInt(2 ** 31))
    const seconds = Number(values.seconds)
    if (values.help) return USAGE
    if (!Number.isInteger(seed)) return `--seed must be a whole number.\n\n${USAGE}`
    if (!(seconds > 0)) return `--seconds must be a number above 0.\n\n${USAGE}`
    return { seed, seconds }
  } catch (error) {
    return `${(error as Error).message}\n\n${USAGE}`
  }
}
