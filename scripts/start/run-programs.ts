import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { type Command, createConcurrently, KillOnSignal, LogError, Logger } from 'concurrently'
import pretty from 'pino-pretty'

const ROOT = join(import.meta.dirname, '../..')
const END_WITH_PARENT = `${new URL('../end-with-parent.js', import.meta.url)}?parent=${process.pid}`

/** Milliseconds in which a program may stop by itself. */
const LIMIT = 4000

/** A program of the workspace, and what it is told on top of our own environment. */
export type Program = { name: string; main: string; env: Readonly<Record<string, string | undefined>> }

/**
 * Runs programs side by side until one ends or all are told to stop, and prints their logs so that a person can read
 * them. None outlives us. `stopping` is aborted when they stop. Resolves to the exit status: 1 when
 * one has ended by itself or did not stop well.
 */
export async function runPrograms(programs: readonly Program[], stopping: AbortController): Promise<number> {
  const colors = process.stdout.isTTY && process.stdout.hasColors()
  const logger = new Logger({ prefixFormat: 'none' })
  logger.toggleColors(colors)
  const children = new Map<number | undefined, ChildProcess>()
  stopping.signal.addEventListener('abort', () => void setTimeout(killAll, LIMIT, 'SIGKILL').unref())
  // The terminal is gone, or the program that read our output.
  process.stdout.once('error', () => process.kill(process.pid, 'SIGTERM')).on('error', () => {})

  let failed = false

  const { result } = createConcurrently(
    programs.map(({ name, main, env }) => ({ name, command: main, env })),
    {
      // No shell stands between, which would outlive a program that is killed, or be killed in its place.
      spawn(main, options) {
        const child = spawn(process.execPath, ['--import', END_WITH_PARENT, join(ROOT, main)], options)
        children.set(child.pid, child)
        return child
      },
      kill: (pid, signal) => void children.get(pid)?.kill(signal as NodeJS.Signals),
      logger,
      outputStream: process.stdout,
      controllers: [
        new LogError({ logger }),
        { handle: (commands) => ({ commands: commands.map(print) }) },
        new KillOnSignal({ process, abortController: stopping }),
      ],
    },
  )
  await result.catch(() => {
    failed = true
  })
  return failed ? 1 : 0

  function print(command: Command): Command {
    const log = readableLog({ name: command.name, colors })
    const write = (text: string) => text && logger.logCommandText(text, command)
    command.stdout.subscribe((bytes) => write(log.push(bytes)))
    command.stderr.subscribe((bytes) => write(String(bytes)))
    command.close.subscribe(({ exitCode }) => {
      write(log.end())
      if (stopping.signal.aborted) return
      write(`${command.name} has ended (${exitCode}), so all others stop.\n`)
      failed = true
      stopping.abort()
      killAll('SIGTERM')
    })
    return command
  }

  function killAll(signal: NodeJS.Signals): void {
    for (const child of children.values()) child.kill(signal)
  }
}

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
