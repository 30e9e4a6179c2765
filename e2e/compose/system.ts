import { compose, docker, lines, PROJECT } from './docker.ts'

/** Starts the system as in the README, once for all test files. Without Docker the run fails. */
export async function setup(): Promise<void> {
  await remove()
  try {
    await compose('up', '--detach', '--build', '--wait', '--wait-timeout', '120')
  } catch (error) {
    await remove()
    throw error
  }
}

/** Removes the system, and fails if anything of it is left. */
export async function teardown(): Promise<void> {
  await remove()
  const label = `label=com.docker.compose.project=${PROJECT}`
  const left = await Promise.all([
    docker('ps', '--all', '--quiet', '--filter', label),
    docker('volume', 'ls', '--quiet', '--filter', label),
    docker('volume', 'ls', '--quiet', '--filter', `name=${PROJECT}`),
    docker('network', 'ls', '--quiet', '--filter', label),
  ])
  if (left.some((output) => lines(output).length > 0))
    throw new Error(`down --volumes left:\n${left.join('\n')}`)
}

async function remove(): Promise<void> {
  await compose('down', '--volumes', '--rmi', 'local', '--timeout', '15')
}
