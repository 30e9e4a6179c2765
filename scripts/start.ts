import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// `npm start`: makes the keys that are missing, then runs the three services side by side, until one fails or all are
// told to stop. What has been compiled once is kept, for the services too: a second start takes half the time.
const cache = join(import.meta.dirname, '../node_modules/.cache/node')
enableCompileCache(cache)

const { runKeys } = await import('./command-line.ts')
const { concurrently } = await import('concurrently')

const service = (name: string, prefixColor: string) => ({
  name,
  prefixColor,
  command: `node apps/${name}/src/main.ts`,
  env: { NODE_COMPILE_CACHE: cache },
})

process.exitCode = await runKeys(['provision'])
if (process.exitCode === 0) {
  const services = [service('api', 'blue'), service('app-one', 'green'), service('app-two', 'magenta')]
  const { result } = concurrently(services, { killOthersOn: ['failure'] })
  process.exitCode = await result.then(
    () => 0,
    () => 1,
  )
}
