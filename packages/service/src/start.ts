import { censor } from './censor.ts'

/**
 * Runs a program from beginning to end, then exits: 0, or 1 when `main` throws. An error with a `code` is about the
 * surroundings (a variable, a file, a port, a database): its message is printed. Another one is a fault of the program,
 * and its stack is printed.
 */
export async function start(main: () => Promise<void>): Promise<never> {
  try {
    await main()
  } catch (error) {
    process.stderr.write(`Failed:\n${censor(describe(error)).replace(/^/gm, '  ')}\n`)
    process.exit(1)
  }
  process.exit(0)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, message, stack } = error as NodeJS.ErrnoException
  // Node's AggregateError of a refused connection has a code and no message.
  return code ? message || code : (stack ?? message)
}
