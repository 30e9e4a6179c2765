import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import './end-with-parent.js'
import './install.js'

// `node scripts/run.js PROGRAM.ts [ARGUMENT…]`: installs the packages that are missing, then runs a program with the Node.js
// that was installed. If this process runs with that Node.js, which is usual, no second process is needed. The program ends
// when npm ends. npm changes to the folder of package.json; the program runs in the folder of the user's shell instead, so
// that relative paths mean the same as there.

const NODE = realpathSync(join(import.meta.dirname, '../node_modules/.bin/node'))
const [name = '', ...args] = process.argv.slice(2)
const program = resolve(name)
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)

if (realpathSync(process.execPath) === NODE) {
  process.argv.splice(1, 2, program)
  await import(pathToFileURL(program).href)
} else {
  const endWithParent = `${new URL('end-with-parent.js', import.meta.url)}?parent=${process.pid}`
  const child = spawn(NODE, ['--import', endWithParent, program, ...args], { stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  child.once('close', (code) => {
    process.exitCode = code ?? 1
  })
}
