import pino from 'pino'
import { censor } from './censor.ts'
import { openLogOutput } from './log-output.ts'

export type Log = pino.Logger

/**
 * A log of JSON lines on standard output; JSON keeps a line break in a logged value from forging a line of its own.
 * `name` is the service, `level` the lowest one written. Each line goes through `censor`.
 * `onLost` is called with the number of lines that standard output did not take.
 */
export function createLog({ name, level, onLost, destination }: LogOptions): Log {
  const options: pino.LoggerOptions = {
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    hooks: { streamWrite: censor },
  }
  return pino(options, destination ?? standardOutput({ options, onLost }))
}

export type LogOptions = {
  name: string
  level: pino.LevelWithSilent
  onLost?: ((lines: number) => void) | undefined
  destination?: pino.DestinationStream
}

function standardOutput({ options, onLost }: StandardOutput): pino.DestinationStream {
  const output = openLogOutput({ onLost, describeLoss })
  process.on('exit', output.end)
  return output

  function describeLoss(lost: number): string {
    let line = ''
    const keepLine = (text: string) => {
      line = text
    }
    pino(options, { write: keepLine }).warn({ lost }, 'lines before this one could not be written')
    return line
  }
}

type StandardOutput = { options: pino.LoggerOptions } & Pick<LogOptions, 'onLost'>

/** The stack (with the causes') says what happened; other fields of an error may hold whole requests or rows. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { type, stack } = pino.stdSerializers.err(error)
  return { type, code: (error as NodeJS.ErrnoException).code, stack }
}
