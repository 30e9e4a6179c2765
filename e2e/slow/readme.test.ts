import { rmSync } from 'node:fs'
import { freePort } from '@signet/testing/free-port'
import { type NpmCommand, run, SHELL, startNpm } from '@signet/testing/process'
import { copyPackages, copyRepository } from '@signet/testing/repository'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readMarkdown } from '../repository/markdown.ts'

/** The README's ports are 3000, 3001 and 3002, which may be in use. The test uses these instead. */
const port = await freePort({ count: 3 })
const PAGES = [`http://localhost:${port + 1}`, `http://localhost:${port + 2}`]

/** Commands that are run elsewhere: `npm start` below, the others outside this test. */
const ELSEWHERE = /^\s*(npm (start|test)|git clone|cd |docker )/m

let clone: string
let started: NpmCommand

beforeAll(async () => {
  clone = await copyRepository()
  await copyPackages(clone)
  await git('init', '--quiet')
  await git('add', '--all')
  started = startNpm(clone, ['start', '--', '--port', String(port)])
  await started.prints(/Ctrl-C stops it/)
})
afterAll(async () => {
  await started.stop()
  rmSync(clone, { recursive: true, force: true })
})

test('npm start, on a fresh clone, shows both pages with data', async () => {
  const [people, orders] = await Promise.all(PAGES.map((url) => fetch(url).then((page) => page.text())))

  expect(people).toMatch(/<td[^>]*>[^<]+@example\.(com|org)<\/td>/)
  expect(orders).toMatch(/<caption[^>]*>Orders, newest first</)
})

test('all other commands in README.md work in their order, those that change keys twice, and git status stays clean', async () => {
  const scripts = readMarkdown('README.md').scripts.filter((script) => !ELSEWHERE.test(script))

  const again = scripts.filter((script) => script.includes('keys -- add'))
  for (const script of [...scripts, ...again]) {
    const input = script.replaceAll(/localhost:300([0-2])/g, (_, at) => `localhost:${port + Number(at)}`)
    const { status, output, errors } = await run('sh', ['-eu'], { cwd: clone, env: SHELL, input })
    expect({ script, output, errors, status }).toMatchObject({ status: 0 })
  }
  expect([scripts.length > 1, again.length]).toEqual([true, 1])
  expect((await git('diff', '--stat')).output).toBe('')
  expect((await git('ls-files', '--others', '--exclude-standard')).output).toBe('')
}, 400_000)

function git(...args: string[]) {
  return run('git', args, { cwd: clone })
}
