import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Run at every start, `provision` takes half the time if its sources are compiled already. Not in the shared temporary
// folder, which is Node's default: what runs with private keys at hand must lie where only our own code lies.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'node'))

const { runKeys } = await import('./keys/command-line.ts')
// Compose hands the `--` of `docker compose run keys -- list` on; npm keeps it.
const [first, ...rest] = process.argv.slice(2)
process.exitCode = await runKeys(first === '--' ? rest : process.argv.slice(2))
