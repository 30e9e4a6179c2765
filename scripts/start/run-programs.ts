import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { type Command, createConcurrently, KillOnSignal, LogError, Logger } from 'concurrently'
import pretty from 'pino-pretty'

const ROOT = join(import.meta.dirname, '../..')
const END_WITH_PARENT = `${new URL('../end-with-parent.js', import.meta.url)}?parent=${process.pid}`

/** Milliseconds that a program gets to stop by itself, before it is killed. */
const LIMIT = 4000

/** A program of the workspace, and the variables that differ from our own environment. */
export type Program = { name: string; main: string; env: Readonly<Record<string, string | undefined>> }

/**
 * Runs programs side by side until one ends or all are told to stop, and prints their logs in a readable form. No program
 * runs longer than this process. `stopping` is aborted when they stop. Resolves to the exit status: 1 if one ended by itself
 * or failed while it stopped.
 */
export async function runPrograms(programs: readonly Program[], stopping: AbortController): Promise<number> {
  const colors = process.stdout.isTTY && process.stdout.hasColors()
  const logger = new Logger({ prefixFormat: 'none' })
  logger.toggleColors(colors)
  const children = new Map<number | undefined, ChildProcess>()
  stopping.signal.addEventListener('abort', () => void setTimeout(killAll, LIMIT, 'SIGKILL').unref())
  // This happens when the terminal is closed, or the program that read our output has ended.
  process.stdout.once('error', () => process.kill(process.pid, 'SIGTERM')).on('error', () => {})

  let failed = false

  const { result } = createConcurrently(
    programs.map(({ name, main, env }) => ({ name, command: main, env })),
    {
      // Without a shell in between: it would be killed in place of the program, or run on after the program was killed.
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

/** Fields that the message contains already, and fields that are of no use in a terminal. */
const HIDDEN =
  'time,name,replica,requestId,traceId,client,appId,keyId,jti,caller,code,reason,file,method,route,status,milliseconds'

/**
 * Makes the log of a service readable: one line for each request. Lines that are not JSON stay as they are. `push` takes the
 * next bytes of the output and returns the lines that are complete; `end` returns the rest.
 */
export function readableLog({ name, colors }: { name: string; colors: boolean }) {
  const decoder = new TextDecoder()
  const format = pretty.prettyFactory({
    colorize: colors,
    singleLine: true,
    ignore: HIDDEN,
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

/** The service that wrote a line: the lab prints the lines of its services, too. */
function nameOf(line: string): string | undefined {
  return /^\{"level":"\w+","time":"[^"]+","name":"([\w-]+)"/.exec(line)?.[1]
}

function colorOf(name: string) {
  return name in COLORS ? COLORS[name as keyof typeof COLORS] : 'cyan'
}

/** `GET /users 200 3 ms  app-one`, or the message; then the caller, and the reason of a refusal. */
function describe(log: Record<string, unknown>): string {
  const { msg, method, route, status, milliseconds, caller, code, reason } = log
  const request = `${method} ${route ? `${route} ` : ''}${status} ${Math.round(Number(milliseconds))} ms`
  return [msg === 'request' ? request : msg, caller, code, reason].filter(Boolean).join('  ')
}
