import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

// `npm run model`: checks the model of the keys, and then each broken variant, which must fail. README.md explains them.

const run = promisify(execFile)
const MODEL = join(import.meta.dirname, 'keys.pml')

const BROKEN = {
  NO_SETTLE: 'rotate does not wait before it replaces the private key',
  PRIVATE_FIRST: 'rotate replaces the private key first',
  REPLACE_PUBLIC: 'rotate replaces the old public key',
  TAKE_ANY: 'rotate takes whatever private key is prepared when it has waited',
  NO_RETIRE_WAIT: 'retire does not wait',
  NO_LEEWAY: 'retire waits for the lifetime only',
  RETIRE_UNFINISHED: 'retire does not ask whether the rotation is complete',
  NO_LOCK: 'no command takes the lock',
  REGISTRY_FIRST: 'revoke marks the registry before it removes the key',
  MARKER_LATE: 'revoke removes the key before it makes the marker file',
  PROVISION_UNLOCKED: 'provision publishes without the lock',
}

const missing = ['spin', 'gcc'].filter((program) => spawnSync(program, ['--version']).error)
if (missing.length > 0) {
  console.error(`${missing.join(' and ')} cannot be found. Install: apt-get install spin gcc libc6-dev`)
  process.exitCode = 1
} else {
  const folder = mkdtempSync(join(tmpdir(), 'model-'))
  try {
    // The right model takes about as long as all broken ones.
    const passed = await Promise.all([checkRight(folder), checkBroken(folder)])
    process.exitCode = passed.every(Boolean) ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function checkRight(parent: string): Promise<boolean> {
  const folder = join(parent, 'right')
  const { holds, states } = await verify(folder)
  console.log(holds ? `holds in all ${states} states: the model` : `FAILS: the model\n${trail(folder)}`)
  return holds
}

async function checkBroken(parent: string): Promise<boolean> {
  let passed = true
  for (const [variant, meaning] of Object.entries(BROKEN)) {
    const { holds } = await verify(join(parent, variant), variant)
    console.log(`${holds ? 'HOLDS, and must not' : 'fails, as it must'}: ${meaning} (${variant})`)
    if (holds) passed = false
  }
  return passed
}

/** Checks every order of events. Throws unless the search was complete or found a counterexample. */
async function verify(folder: string, variant?: string): Promise<{ holds: boolean; states: string }> {
  mkdirSync(folder)
  const options = { cwd: folder, encoding: 'utf8' } as const
  await run('spin', [...(variant ? [`-D${variant}`] : []), '-a', MODEL], options)
  const optimised = variant ? '-O1' : '-O3'
  await run('gcc', [optimised, '-DSAFETY', '-DNOREDUCE', '-DSFH', '-o', 'pan', 'pan.c'], options)
  const { stdout } = await run('./pan', ['-m100000', '-w23', '-n', '-E'], options)
  const errors = /errors: (\d+)/.exec(stdout)?.[1]
  const states = /(\d+) states, stored/.exec(stdout)?.[1]
  const isViolated = stdout.includes('assertion violated')
  if (!states || (errors !== '0' && !isViolated) || /search depth too small|out of memory/.test(stdout))
    throw new Error(stdout)
  return { holds: !isViolated, states }
}

/** The events that lead to the violation. */
function trail(folder: string): string {
  return spawnSync('spin', ['-t', '-p', '-g', '-k', 'keys.pml.trail', MODEL], {
    cwd: folder,
    encoding: 'utf8',
  }).stdout
}
