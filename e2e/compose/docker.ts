import { join } from 'node:path'
import { run } from '@signet/testing/process'

export const ROOT = join(import.meta.dirname, '../..')

/** Not `signet`, which may be running here: the tests end with `down --volumes`. */
export const PROJECT = 'signet-test'

/** Refused tokens a minute. */
export const FAILURE_LIMIT = 30

/** The variables that a user exports before a `docker compose` command. */
const ENV = {
  ...process.env,
  COMPOSE_PROJECT_NAME: PROJECT,
  RATE_LIMIT: '1000000',
  FAILURE_LIMIT: `${FAILURE_LIMIT}`,
}

/** Runs `docker …` in the repository and resolves to its output. Throws with its whole output if it fails. */
export async function docker(...args: string[]): Promise<string> {
  return command('docker', args)
}

export async function compose(...args: string[]): Promise<string> {
  return docker('compose', ...args)
}

/** Runs `keys` as in the README. */
export async function keys(...args: string[]): Promise<string> {
  return compose('run', '--rm', '-T', 'keys', ...args)
}

/** Runs a program in the repository, such as `deploy/upgrade-api.sh`. `env` adds variables. */
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

/** What `docker inspect` prints, as far as the tests use it. */
export type Container = {
  HostConfig: {
    Memory: number
    PidsLimit: number
    PortBindings: Record<string, { HostIp: string }[]>
  }
  Mounts: { Type: string; Name?: string; Destination: string; RW: boolean }[]
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> }
}

/** A service's containers' IDs. */
export async function containersOf(service: string): Promise<string[]> {
  return lines(await compose('ps', '--quiet', service))
}

/** The first container of a service. */
export async function inspect(service: string): Promise<Container> {
  const [id = ''] = await containersOf(service)
  const [container] = JSON.parse(await docker('inspect', id))
  return container
}

/** `/proc/1/status` of a service's first container, by field (proc(5)). */
export async function mainProcessOf(service: string): Promise<Record<string, string>> {
  const status = await compose('exec', '-T', service, 'cat', '/proc/1/status')
  return Object.fromEntries(lines(status).map((line) => line.split(/:\s+/) as [string, string]))
}
