import pino from 'pino'
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

type LogOptions = {
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

/**
 * Takes tokens, keys and credential headers out of a finished log line, wherever they stand in it: a message, a stack,
 * a nested object. The line stays valid JSON.
 *
 * It reads the line, not the objects, because a secret that leaks is one that nobody expected at that place.
 */
export function censor(line: string): string {
  return line.replace(HEADER, '"$1":"[redacted]"').replace(TOKEN, '[token]').replace(PEM, '[key]')
}

/**
 * A compact JWS (RFC 7515 §7.1) or what is left of one: base64url of `{"` is `eyJ`. What follows the first part is
 * optional, so that no start is tried in vain: the time stays linear, whatever a caller makes us log.
 */
const TOKEN = /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g

// Escapes are taken in pairs, so that a match never ends between a backslash and what it escapes.
const CHARACTER = String.raw`(?:[^"\\]|\\.)`

/** A PEM block up to its end line, or up to the end of the string when it is cut short. */
const PEM = new RegExp(`-----BEGIN ${CHARACTER}*?(?:-----END [A-Z0-9 ]+-----|(?=")|$)`, 'g')

const STRING = `"${CHARACTER}*"`
const NAME = 'x-token|authorization|proxy-authorization|cookie|set-cookie'
const HEADER = new RegExp(`"(${NAME})":(?:${STRING}|\\[(?:${STRING},?)*\\])`, 'gi')
