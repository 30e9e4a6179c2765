import { styleText } from 'node:util'
import pretty from 'pino-pretty'

const COLORS = { api: 'blue', 'app-one': 'green', 'app-two': 'magenta', lab: 'yellow' } as const

/** What the message of a line says already, and what nobody needs who looks at a terminal. */
const SAID = 'time,name,requestId,appId,keyId,jti,caller,code,reason,file,method,route,status,milliseconds'

/**
 * Makes the lines of a service's log readable: one line for a request. What is not JSON stays as it is. Takes the output
 * piece by piece, as it comes, and answers the lines that are whole; `end` answers what is left.
 */
export function readableLog({ name, colors }: { name: string; colors: boolean }) {
  const decoder = new TextDecoder()
  const format = pretty.prettyFactory({
    colorize: colors,
    singleLine: true,
    ignore: SAID,
    customPrettifiers: { level: (level) => (level === 'info' ? '' : String(level).toUpperCase()) },
    messageFormat: describe,
  })
  let rest = ''

  function lines(text: string): string {
    const whole = text.split('\n')
    rest = whole.pop() ?? ''
    return whole.map(readable).join('')
  }

  function readable(line: string): string {
    if (line.trim() === '') return ''
    const shown = nameOf(line) ?? name
    const prefix = colors
      ? styleText(colorOf(shown), shown.padEnd(7), { validateStream: false })
      : shown.padEnd(7)
    const text = line.startsWith('{') ? format(line).trimEnd() : line
    return `${text.replace(/^/gm, `${prefix}  `)}\n`
  }

  return {
    push: (bytes: Buffer) => lines(rest + decoder.decode(bytes, { stream: true })),
    end: () => lines(`${rest}\n`),
  }
}

/** The lab writes the lines of its services too. */
function nameOf(line: string): string | undefined {
  return /^\{"level":"\w+","time":"[^"]+","name":"([\w-]+)"/.exec(line)?.[1]
}

function colorOf(name: string) {
  return name in COLORS ? COLORS[name as keyof typeof COLORS] : 'cyan'
}

/** `GET /users 200 3 ms  app-one`, or the message; then who called, and why it was refused. */
function describe(log: Record<string, unknown>): string {
  const { msg, method, route, status, milliseconds, caller, code, reason } = log
  const request = `${method} ${route ? `${route} ` : ''}${status} ${Math.round(Number(milliseconds))} ms`
  return [msg === 'request' ? request : msg, caller, code, reason].filter(Boolean).join('  ')
}
