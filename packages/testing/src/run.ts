import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

export type Outcome = { status: number | null; output: string; errors: string }

/** Runs a program to its end, whatever its exit status. */
export async function run(
  program: string,
  args: readonly string[],
  { input = '', ...options }: SpawnOptions & { input?: string | Buffer } = {},
): Promise<Outcome> {
  const child = spawn(program, args, { ...options, stdio: 'pipe' })
  let output = ''
  let errors = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  child.stderr.on('data', (text) => {
    errors += text
  })
  // A program may end without having read what it was given.
  child.stdin.on('error', () => {}).end(input)
  const [status] = await once(child, 'close')
  return { status, output, errors }
}

/** Whether a machine has the program, as a bare one may not. */
export async function isInstalled(program: string): Promise<boolean> {
  const { status } = await run('sh', ['-c', `command -v ${program}`])
  return status === 0
}
