import { spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import './end-with-parent.js'
import './install.js'

// `node scripts/run.js PROGRAM.ts [ARGUMENT…]`: installs what is missing, then runs a program with the Node.js that was
// installed. Mostly that is the one we run in, which then needs no second process. It ends when npm does. npm changes to
// the folder of package.json, so it runs where the person stands: a relative path means what it means in their shell.

const NODE = realpathSync(join(import.meta.dirname, '../node_modules/.bin/node'))
const [name = '', ...args] = process.argv.slice(2)
const program = resolve(name)
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)

if (realpathSync(process.execPath) === NODE) {
  process.argv.splice(1, 2, program)
  await import(pathToFileURL(program).href)
} else {
  const leash = `${new URL('end-with-parent.js', import.meta.url)}?parent=${process.pid}`
  const child = spawn(NODE, ['--import', leash, program, ...args], { stdio: 'inherit' })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  child.once('close', (code) => {
    process.exitCode = code ?? 1
  })
}
