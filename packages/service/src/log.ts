import pino from 'pino'
import { censor } from './censor.ts'

export type Log = pino.Logger

/**
 * A log of JSON lines on standard output; JSON keeps a line break in a logged value from forging a line of its own.
 * `name` is the service, `level` the lowest one written. Each line goes through `censor`.
 */
export function createLog({ name, level, destination = standardOutput() }: LogOptions): Log {
  const options: pino.LoggerOptions = {
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    hooks: { streamWrite: censor },
  }
  return pino(options, destination)
}

export type LogOptions = {
  name: string
  level: pino.LevelWithSilent
  destination?: pino.DestinationStream
}

/** Written at once: lines that wait for their turn come in another order, or not at all, when the process exits. */
function standardOutput(): pino.DestinationStream {
  return pino.destination({ dest: 1, sync: true })
}

/** The stack (with the causes') says what happened; other fields of an error may hold whole requests or rows. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { type, stack } = pino.stdSerializers.err(error)
  return { type, code: (error as NodeJS.ErrnoException).code, stack }
}
