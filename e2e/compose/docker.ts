import { join } from 'node:path'
import { run } from '@signet/testing/run'

export const ROOT = join(import.meta.dirname, '../..')

/** Apart from the `signet` that may be running here for real: the tests end with `down --volumes`. */
export const PROJECT = 'signet-test'

/** Refused tokens a minute. */
export const FAILURE_LIMIT = 30

/** What a person would have exported before any `docker compose` command. */
const ENV = {
  ...process.env,
  COMPOSE_PROJECT_NAME: PROJECT,
  RATE_LIMIT: '1000000',
  FAILURE_LIMIT: `${FAILURE_LIMIT}`,
}

/** Runs `docker …` in the repository and answers its output. Throws with all that it printed when it fails. */
export async function docker(...args: string[]): Promise<string> {
  return command('docker', args)
}

export async function compose(...args: string[]): Promise<string> {
  return docker('compose', ...args)
}

/** `keys` as the README runs it. */
export async function keys(...args: string[]): Promise<string> {
  return compose('run', '--rm', '-T', 'keys', ...args)
}

/** Runs a program in the repository, such as `deploy/upgrade-api.sh`. `env` adds to what is exported. */
export async function command(program: string, args: readonly string[] = [], env = {}): Promise<string> {
  const { status, output, errors } = await run(program, args, { cwd: ROOT, env: { ...ENV, ...env } })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${status}\n${output}${errors}`)
  return output
}

/** The text of a file in a service's container. */
export async function readIn(service: string, file: string): Promise<string> {
  return compose('exec', '-T', service, 'cat', file)
}

/** The lines of a command's output that are not empty. */
export function lines(output: string): string[] {
  return output.split('\n').filter((line) => line !== '')
}
