import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

// Installs the packages, unless all that package-lock.json names are there: to find that out takes npm half a second of
// each start. Every npm script runs this itself, since npm runs no `pre…` script when `ignore-scripts` is set. Plain
// JavaScript, for any Node.js from 20 on. All output goes to standard error: standard output is the script's own.

const ROOT = join(import.meta.dirname, '..')

/** Holds the process ID of the one that installs, so that of two first starts at once only one installs. */
const LOCK = join(ROOT, '.installing')

/**
 * `npm ci`, since it begins with an empty folder: `npm install` takes a package that was unpacked halfway for whole. The
 * options undo what a shell or an .npmrc may say, such as NODE_ENV=production and `ignore-scripts`.
 */
const COMMAND = [
  ...['ci', '--include=dev', '--include=optional', '--ignore-scripts=false', '--package-lock=true'],
  ...['--no-audit', '--no-fund', '--no-progress', '--loglevel=error'],
]

if (!isInstalled()) {
  await lock()
  // Another process may have done it meanwhile.
  const done = isInstalled() || (await install())
  rmSync(LOCK, { force: true })
  if (!done) {
    console.error('The packages are not installed. Run the same command again to go on.')
    process.exit(1)
  }
}

/** Whether the packages that package-lock.json names are there, in its versions, and Node.js with them. */
function isInstalled() {
  const installed = packagesOf('node_modules/.package-lock.json')
  if (!installed || !existsSync(join(ROOT, 'node_modules/.bin/node'))) return false
  return Object.entries(packagesOf('package-lock.json') ?? {}).every(([path, { version, optional }]) => {
    if (!path.includes('node_modules/')) return true
    const found = installed[path]
    // npm leaves out the optional packages of other platforms.
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
  // With all that it has started: npm itself may ignore SIGTERM. What is cut short, the next `npm ci` begins anew.
  const stop = () => void (npm.pid && process.kill(-npm.pid, 'SIGKILL'))
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)
  const status = await new Promise((resolve) => npm.once('close', resolve))
  process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop)

  clearInterval(progress)
  const done = status === 0 && isInstalled()
  if (done) console.error(`Installed in ${seconds()} s.`)
  return done
}

/** Waits until no other process holds the lock. One that was killed holds it no more. */
async function lock() {
  for (let told = false; ; told = true) {
    try {
      return writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
    } catch (error) {
      if (!existsSync(LOCK)) throw error
      const holder = Number(readFileSync(LOCK, 'utf8'))
      if (!isAlive(holder)) rmSync(LOCK, { force: true })
      else if (!told)
        console.error(`Waiting for process ${holder}, which installs the packages (says ${LOCK}) …`)
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
