import { parseArgs } from 'node:util'
import { UsageError } from '../keys/errors.ts'

/** The port of the API, and the ports that follow it, one for each page. */
export type Ports = Readonly<Record<'api' | 'app-one' | 'app-two' | 'lab', number>>

/** Reads the command line of a command that starts a system. Throws {@link UsageError}. */
export function readOptions(args: readonly string[]): { ports: Ports; help: boolean } {
  const { port = '3000', help = false } = parse(args)
  const first = Number(port)
  if (!/^\d{1,5}$/.test(port) || first < 1 || first > LAST)
    throw new UsageError(
      `--port: "${port}" is not a whole number from 1 to ${LAST} (the ports after it are used too).`,
    )
  return { ports: { api: first, 'app-one': first + 1, 'app-two': first + 2, lab: first + 3 }, help }
}

/** The highest `--port`, so that the lab's port, three above it, is one too. */
const LAST = 65_532

function parse(args: readonly string[]) {
  try {
    const options = { port: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** A `--port` for another system beside this one. */
export const otherThan = (port: number) => (port === 4000 ? 5000 : 4000)
