import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// `npm start` and `npm run lab`: makes the keys that are missing, then runs programs side by side, until one ends or all are
// told to stop. Compiled code is kept, also that of the programs: a second start takes half the time.
process.env.NODE_COMPILE_CACHE = join(import.meta.dirname, '../node_modules/.cache/node')
enableCompileCache(process.env.NODE_COMPILE_CACHE)

const [{ start }, { SYSTEM, LAB }] = await Promise.all([
  import('./start/start.ts'),
  import('./start/systems.ts'),
])
const [first, ...rest] = process.argv.slice(2)
process.exitCode = await (first === 'lab' ? start(LAB, rest) : start(SYSTEM, process.argv.slice(2)))
