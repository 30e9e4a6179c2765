import { compose, docker, lines } from './docker.ts'

/** What Docker knows of a container; only what the tests look at. */
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
