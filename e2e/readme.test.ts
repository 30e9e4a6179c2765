import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { rmSync } from 'node:fs'
import { delimiter } from 'node:path'
import { freePort } from '@signet/testing/free-port'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMarkdown } from './markdown.ts'
import { run } from './run.ts'
import { copyPackages, copyRepository } from './working-copy.ts'

/** The README's ports are 3000, 3001 and 3002. These stand in their place, since the others may be in use. */
const port = await freePort({ count: 3 })
const API = `https://localhost:${port}`
const PAGES = [`http://localhost:${port + 1}`, `http://localhost:${port + 2}`]

/** Commands that are run elsewhere: `npm start` below, the others by whoever runs these tests. */
const ELSEWHERE = /^\s*(npm (start|test)|git clone|cd |docker )/m

/** A newcomer's shell, which does not have our programs on its PATH. */
const env = {
  ...process.env,
  PATH: process.env.PATH?.split(delimiter)
    .filter((folder) => !folder.includes('node_modules'))
    .join(delimiter),
}

let clone: string
let started: ChildProcess
let printed = ''
const printing = new EventEmitter()

beforeAll(async () => {
  clone = await copyRepository()
  await copyPackages(clone)
  await git('init', '--quiet')
  await git('add', '--all')
  // A group of its own, so that all it starts can be stopped with it.
  started = spawn('npm', ['start', '--', '--port', String(port)], {
    cwd: clone,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [started.stdout, started.stderr])
    stream?.on('data', (text) => {
      printed += text
      printing.emit('change')
    })
  started.once('close', () => printing.emit('change'))
  await allListen()
})

afterAll(async () => {
  if (started.pid && started.exitCode === null) {
    const ended = once(started, 'close')
    process.kill(-started.pid, 'SIGKILL')
    await ended
  }
  rmSync(clone, { recursive: true, force: true })
})

test('npm start, on a fresh clone, shows both pages with data', async () => {
  const [people, orders] = await Promise.all(PAGES.map((url) => fetch(url).then((page) => page.text())))

  expect(people).toMatch(/<td[^>]*>[^<]+@example\.(com|org)<\/td>/)
  expect(orders).toMatch(/<caption[^>]*>Who ordered what</)
})

test('every other command in README.md works, in its order and twice, and leaves git status clean', async () => {
  const scripts = readMarkdown('README.md').scripts.filter((script) => !ELSEWHERE.test(script))

  for (const script of [...scripts, ...scripts]) {
    const input = script.replaceAll(/localhost:300([0-2])/g, (_, at) => `localhost:${port + Number(at)}`)
    const { status, output, errors } = await run('sh', ['-eu'], { cwd: clone, env, input })
    expect({ script, output, errors, status }).toMatchObject({ status: 0 })
  }
  expect(scripts.length).toBeGreaterThan(1)
  expect((await git('diff', '--stat')).output).toBe('')
  expect((await git('ls-files', '--others', '--exclude-standard')).output).toBe('')
})

test('a second npm start beside the first says which port is in use, and stops as a whole', async () => {
  const { status, output, errors } = await run('npm', ['start', '--', '--port', String(port)], {
    cwd: clone,
    env,
  })

  expect(status).not.toBe(0)
  expect(output + errors).toMatch(new RegExp(`(PORT|[Pp]ort) (${port}|${port + 1}|${port + 2}) is in use`))
  expect(started.exitCode).toBeNull()
})

/** Resolves when our three say that they listen: other processes, at these ports, would answer as well. */
async function allListen(): Promise<void> {
  while ([API, ...PAGES].some((url) => !printed.includes(url))) {
    if (started.exitCode !== null) throw new Error(`npm start has ended:\n${printed}`)
    await once(printing, 'change')
  }
}

function git(...args: string[]) {
  return run('git', args, { cwd: clone })
}
