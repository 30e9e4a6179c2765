import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { delimiter } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { run } from './run.ts'

export type NpmCommand = ReturnType<typeof startNpm>

/** The environment of a shell that does not have our programs on its PATH. */
export const SHELL: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: process.env.PATH?.split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter),
}

/** Runs `npm …` in a folder, in a process group of its own, by which all that it starts is known. */
export function startNpm(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const npm: ChildProcess = spawn('npm', args, {
    cwd: folder,
    env: { ...SHELL, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const pid = npm.pid ?? 0
  const ended = once(npm, 'close').then(([code]) => code as number | null)
  const printing = new EventEmitter()
  let printed = ''
  for (const stream of [npm.stdout, npm.stderr])
    stream?.on('data', (text) => {
      printed += text
      printing.emit('more')
    })

  /** Resolves to what was printed, once that matches. Throws when npm has ended before. */
  async function prints(pattern: RegExp): Promise<string> {
    while (!pattern.test(printed)) {
      if (npm.exitCode !== null) throw new Error(`npm ${args.join(' ')} has ended:\n${printed}`)
      await Promise.race([once(printing, 'more'), ended])
    }
    return printed
  }

  /** The processes of the group whose command line matches. */
  async function find(pattern: RegExp): Promise<number[]> {
    const { output } = await run('ps', ['-e', '-o', 'pid=,pgid=,args='])
    const lines = output.split('\n').map((line) => /^ *(\d+) +(\d+) +(.*)$/.exec(line) ?? [])
    return lines
      .filter(([, , group, command = '']) => group === String(pid) && pattern.test(command))
      .map(([, pid]) => Number(pid))
  }

  /** Resolves when no process of the group is left. */
  async function untilGone(): Promise<void> {
    while (signal(0)) await setTimeout(50)
  }

  /** Sends a signal to the group; 0 only asks whether there is one. */
  function signal(name: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-pid, name)
    } catch {
      return false
    }
  }

  return {
    pid,
    /** Resolves to the exit status, which is null for a process that was killed. */
    ended,
    printed: () => printed,
    prints,
    find,
    untilGone,
    /** Ends whatever is left. */
    async stop(): Promise<void> {
      signal('SIGKILL')
      await untilGone()
    },
  }
}
