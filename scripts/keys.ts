import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// `provision` runs at every start, and takes half the time if its sources are compiled already. The cache is not in the
// shared temporary folder, which is Node's default: this program can read private keys, so no other user may change its code.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'node'))

const { runKeys } = await import('./keys/command-line.ts')
// Compose passes the `--` of `docker compose run keys -- list` on; npm removes it.
const [first, ...rest] = process.argv.slice(2)
process.exitCode = await runKeys(first === '--' ? rest : process.argv.slice(2))
