import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { delimiter } from 'node:path'
import { setTimeout } from 'node:timers/promises'

export type ProcessResult = { status: number | null; output: string; errors: string }

/** Runs a program until it ends. Any exit status is a result; a program that cannot be started throws. */
export async function run(
  program: string,
  args: readonly string[],
  { input = '', ...options }: SpawnOptions & { input?: string | Buffer } = {},
): Promise<ProcessResult> {
  const child = spawn(program, args, { ...options, stdio: 'pipe' })
  let output = ''
  let errors = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  child.stderr.on('data', (text) => {
    errors += text
  })
  // A program may end before it has read its input.
  child.stdin.on('error', () => {}).end(input)
  const [status] = await once(child, 'close')
  return { status, output, errors }
}

/** Whether the program is on the PATH of this machine. */
export async function isInstalled(program: string): Promise<boolean> {
  const { status } = await run('sh', ['-c', `command -v ${program}`])
  return status === 0
}

/** The environment of a shell that does not have the programs of this repository on its PATH. */
export const SHELL: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: process.env.PATH?.split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter),
}

export type NpmCommand = ReturnType<typeof startNpm>

/**
 * Starts `npm …` in a folder. It gets a process group of its own: the group then contains every process that the
 * command starts.
 */
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

  /** Resolves to the printed text once it matches. Throws if npm ends before. */
  async function prints(pattern: RegExp): Promise<string> {
    while (!pattern.test(printed)) {
      if (npm.exitCode !== null) throw new Error(`npm ${args.join(' ')} has ended:\n${printed}`)
      await Promise.race([once(printing, 'more'), ended])
    }
    return printed
  }

  /** The IDs of the processes in the group whose command line matches. */
  async function find(pattern: RegExp): Promise<number[]> {
    const { output } = await run('ps', ['-e', '-o', 'pid=,pgid=,args='])
    const lines = output.split('\n').map((line) => /^ *(\d+) +(\d+) +(.*)$/.exec(line) ?? [])
    return lines
      .filter(([, , group, command = '']) => group === String(pid) && pattern.test(command))
      .map(([, pid]) => Number(pid))
  }

  /** Resolves when the group has no process any more. */
  async function untilGone(): Promise<void> {
    while (signal(0)) await setTimeout(50)
  }

  /** Sends a signal to the group. Signal 0 only checks whether the group exists. */
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
    /** Kills every process of the group. */
    async stop(): Promise<void> {
      signal('SIGKILL')
      await untilGone()
    },
  }
}
