import { concurrently } from 'concurrently'
import { serviceEnv } from './environment.ts'
import type { Ports } from './options.ts'

const COLORS = { api: 'blue', 'app-one': 'green', 'app-two': 'magenta' } as const

/** Runs the three services side by side until one fails or all are told to stop. Resolves to the exit status. */
export async function runServices(ports: Ports, { cache }: { cache: string }): Promise<number> {
  const names = Object.keys(COLORS) as (keyof typeof COLORS)[]
  const services = names.map((name) => ({
    name,
    prefixColor: COLORS[name],
    command: `node apps/${name}/src/main.ts`,
    env: { ...serviceEnv(name, ports), NODE_COMPILE_CACHE: cache },
  }))
  const { result } = concurrently(services, { killOthersOn: ['failure'] })
  return result.then(
    () => 0,
    () => 1,
  )
}
