import { runKeys } from '../command-line.ts'
import { UsageError } from '../errors.ts'
import { unusedVariables } from './environment.ts'
import { type Ports, readOptions } from './options.ts'
import { runServices } from './services.ts'

const HELP = `Usage: npm start -- [--port N]

Starts the API, app-one and app-two on this machine, and stops them at Ctrl-C.

  --port N  the API listens on N, app-one on N+1, app-two on N+2 (3000, 3001, 3002)

LOG_LEVEL, RATE_LIMIT, FAILURE_LIMIT, REQUIRE_AUDIENCE, DATABASE_URL and REDIS_URL of your shell reach the services.`

/** Runs `npm start` with its arguments, and resolves to its exit status: 2 for a command line that is wrong. */
export async function start(args: readonly string[], { cache }: { cache: string }): Promise<number> {
  const options = read(args)
  if (typeof options === 'number') return options
  const unused = unusedVariables(process.env)
  if (unused) console.error(unused)
  return (await runKeys(['provision'])) || (await runServices(options, { cache }))
}

/** The ports, or the exit status when there is nothing to start. */
function read(args: readonly string[]): Ports | number {
  try {
    const { ports, help } = readOptions(args)
    if (!help) return ports
    console.log(HELP)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\nMore: npm start -- --help`)
    return 2
  }
}
