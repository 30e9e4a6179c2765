import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '@signet/testing/process'
import { copyRepository, ROOT } from '@signet/testing/repository'
import { afterAll, expect, test } from 'vitest'

const clone = await copyRepository()
afterAll(() => rmSync(clone, { recursive: true, force: true }))

test('after a change of packages/auth the tests of the workspaces that use it run again, and no others', async () => {
  const before = await plan()
  const unchanged = await plan()
  appendFileSync(join(clone, 'packages/auth/src/verify.ts'), '\n// edited\n')
  const after = await plan()

  expect(hashes(unchanged)).toEqual(hashes(before))
  const again = Object.keys(hashes(after)).filter((task) => hashes(after)[task] !== hashes(before)[task])
  const tested = again.filter((task) => task.endsWith('#test')).map((task) => task.split('#')[0])
  expect(tested).toContain('@signet/api')
  expect(tested).toEqual(
    expect.arrayContaining(['@signet/app-one', '@signet/app-two', '@signet/scripts', '@signet/e2e']),
  )
  expect(tested).not.toContain('@signet/service')
})

test('tests that use a server are not cached', async () => {
  const cached = new Map(
    (await plan()).map(({ taskId, resolvedTaskDefinition: { cache } }) => [taskId, cache]),
  )

  expect(cached.get('@signet/api#test')).toBe(false)
  expect(cached.get('@signet/e2e#test')).toBe(false)
})

test('no task makes keys, and none keeps files, so that no cache can hold a key', async () => {
  const tasks = await plan()

  expect(tasks.length).toBeGreaterThan(20)
  expect(tasks.filter(({ command }) => /keys|provision/.test(command))).toEqual([])
  expect(tasks.filter(({ resolvedTaskDefinition: { outputs } }) => outputs.length > 0)).toEqual([])
})

type Task = {
  taskId: string
  hash: string
  command: string
  resolvedTaskDefinition: { cache: boolean; outputs: string[] }
}

/** The tasks of `npm test`, from a dry run of turbo. */
async function plan(): Promise<Task[]> {
  const turbo = join(ROOT, 'node_modules/.bin/turbo')
  const { output } = await run(turbo, ['run', 'typecheck', 'lint', 'test', '--dry=json'], { cwd: clone })
  return JSON.parse(output).tasks
}

function hashes(tasks: readonly Task[]): Record<string, string> {
  return Object.fromEntries(tasks.map(({ taskId, hash }) => [taskId, hash]))
}
