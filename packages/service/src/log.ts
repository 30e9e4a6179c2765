import { hostname } from 'node:os'
import pino from 'pino'
import { openLogOutput } from './log-output.ts'

export type Log = pino.Logger

/**
 * A log of JSON lines on standard output. JSON escapes line breaks, so a logged value cannot forge a second line.
 * `name` is the service, `level` the lowest level that is written. `replica` of a line is the name of the host, which is
 * different in each container. Each line goes through `redact`.
 * `onLost` is called with the number of lines that could not be written to standard output.
 */
export function createLog({ name, level, onLost, destination }: LogOptions): Log {
  const options: pino.LoggerOptions = {
    level,
    base: { name, replica: hostname() },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    hooks: { streamWrite: redact },
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

/** Keeps the type, the code and the stack (with the causes). Other fields may hold whole requests or database rows. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { type, stack } = pino.stdSerializers.err(error)
  return { type, code: (error as NodeJS.ErrnoException).code, stack }
}

/**
 * Removes tokens, keys and credential headers from a finished log line: from a message, a stack or a nested object.
 * The line stays valid JSON.
 *
 * It works on the line and not on the logged objects, because a secret usually leaks from a field that nobody expected
 * to hold one.
 */
export function redact(line: string): string {
  return line.replace(HEADER, '"$1":"[redacted]"').replace(TOKEN, '[token]').replace(PEM, '[key]')
}

/**
 * A compact JWS (RFC 7515 §7.1), complete or cut off. It begins with `eyJ`, the base64url of `{"`. The later parts are
 * optional, so that no attempt to match fails after a long scan. The time is therefore linear in the length of the
 * line, whatever text a caller sends.
 */
const TOKEN = /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g

// An escape is matched as a pair, so that a match never ends between a backslash and the escaped character.
const CHARACTER = String.raw`(?:[^"\\]|\\.)`

/** A PEM block up to its end line. If the end line is missing: up to the end of the string. */
const PEM = new RegExp(`-----BEGIN ${CHARACTER}*?(?:-----END [A-Z0-9 ]+-----|(?=")|$)`, 'g')

const STRING = `"${CHARACTER}*"`
const NAME = 'x-token|authorization|proxy-authorization|cookie|set-cookie'
const HEADER = new RegExp(`"(${NAME})":(?:${STRING}|\\[(?:${STRING},?)*\\])`, 'gi')
