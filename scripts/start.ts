import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// `npm start`: makes the keys that are missing, then runs the three services side by side, until one fails or all are
// told to stop. What has been compiled once is kept, for the services too: a second start takes half the time.
const cache = join(import.meta.dirname, '../node_modules/.cache/node')
enableCompileCache(cache)

const { start } = await import('./start/start.ts')
process.exitCode = await start(process.argv.slice(2), { cache })
