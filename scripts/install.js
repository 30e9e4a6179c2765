import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

// Installs the packages, unless all that package-lock.json names are installed. npm itself takes half a second to find that
// out, at each start. Every npm script runs this file, since npm runs no `pre…` script if `ignore-scripts` is set. Plain
// JavaScript, for any Node.js from 20 on. All output goes to standard error: standard output belongs to the npm script.

const ROOT = join(import.meta.dirname, '..')

/** Holds the ID of the process that installs, so that only one of two first starts at once does. */
const LOCK = join(ROOT, '.installing')

/**
 * `npm ci`, since it begins with an empty folder: `npm install` keeps a package that was only partly unpacked. The options
 * override settings of the shell or an .npmrc, such as NODE_ENV=production and `ignore-scripts`.
 */
const COMMAND = [
  ...['ci', '--include=dev', '--include=optional', '--ignore-scripts=false', '--package-lock=true'],
  ...['--no-audit', '--no-fund', '--no-progress', '--loglevel=error'],
]

if (!isInstalled()) {
  await lock()
  // Another process may have installed them meanwhile.
  const done = isInstalled() || (await install())
  rmSync(LOCK, { force: true })
  if (!done) {
    console.error('The packages are not installed. Run the same command again to continue.')
    process.exit(1)
  }
}

/** Whether the packages that package-lock.json names are installed, in its versions, and Node.js with them. */
function isInstalled() {
  const installed = packagesOf('node_modules/.package-lock.json')
  if (!installed || !existsSync(join(ROOT, 'node_modules/.bin/node'))) return false
  return Object.entries(packagesOf('package-lock.json') ?? {}).every(([path, { version, optional }]) => {
    if (!path.includes('node_modules/')) return true
    const found = installed[path]
    // npm does not install the optional packages of other platforms.
    return found ? found.version === version && existsSync(join(ROOT, path, 'package.json')) : optional
  })
}

/** @returns {Record<string, { version?: string, optional?: boolean }> | undefined} */
function packagesOf(/** @type {string} */ lockfile) {
  try {
    return JSON.parse(readFileSync(join(ROOT, lockfile), 'utf8')).packages
  } catch {
    return undefined
  }
}

async function install() {
  console.error('Installing the packages, which takes about half a minute …')
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  const progress = setInterval(() => console.error(`  … ${seconds()} s`), 5000)

  const npm = spawn('npm', COMMAND, { cwd: ROOT, detached: true, stdio: ['ignore', 2, 2] })
  // npm and all processes that it has started: npm itself may ignore SIGTERM. The next `npm ci` begins again.
  const stop = () => void (npm.pid && process.kill(-npm.pid, 'SIGKILL'))
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)
  const status = await new Promise((resolve) => npm.once('close', resolve))
  process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop)

  clearInterval(progress)
  const done = status === 0 && isInstalled()
  if (done) console.error(`Installed in ${seconds()} s.`)
  return done
}

/** Waits until no other process holds the lock. A lock of a process that was killed is removed. */
async function lock() {
  for (let reported = false; ; reported = true) {
    try {
      return writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    } catch (error) {
      if (!existsSync(LOCK)) throw error
      const holder = Number(readFileSync(LOCK, 'utf8'))
      if (!isAlive(holder)) rmSync(LOCK, { force: true })
      else if (!reported)
        console.error(`Waiting for process ${holder}, which installs the packages (see ${LOCK}) …`)
      await sleep(500)
    }
  }
}

function isAlive(/** @type {number} */ pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
