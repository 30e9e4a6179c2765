import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'

// `npm install`, unless it has been done since package-lock.json last changed: to find out that there is nothing to do
// takes npm half a second of each start. What npm says goes to standard error: standard output is the script's own, which
// a program may read. Plain JavaScript, since the Node.js that runs it may be any from 20 on.
const changed = (/** @type {string} */ file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  const command = 'npm install --no-audit --no-fund --loglevel=error'
  process.exitCode = spawnSync(command, { shell: true, stdio: ['inherit', 2, 'inherit'] }).status ?? 1
}
