import { rmSync } from 'node:fs'
import { startNpm } from '@signet/testing/process'
import { copyRepository } from '@signet/testing/repository'
import { expect, onTestFinished, test } from 'vitest'

test('a fresh clone installs what is missing, whatever the shell says, and after an install that was cut short', async () => {
  const clone = await copyRepository()
  onTestFinished(() => rmSync(clone, { recursive: true, force: true }))
  const env = { NODE_ENV: 'production', npm_config_ignore_scripts: 'true' }
  const list = ['run', 'keys', '--', 'list']

  const first = startNpm(clone, list, env)
  await first.prints(/… 5 s/)
  process.kill(first.pid, 'SIGTERM')
  await first.untilGone()

  const [second, third] = [startNpm(clone, list, env), startNpm(clone, list, env)]
  expect([await second.ended, await third.ended]).toEqual([0, 0])
  for (const { printed } of [second, third]) expect(printed()).toMatch(/^app-one /m)
  const installs = [second, third].filter(({ printed }) => printed().includes('Installing the packages'))
  expect(installs).toHaveLength(1)

  const again = startNpm(clone, list, env)
  expect(await again.ended).toBe(0)
  expect(again.printed()).not.toContain('Installing')
}, 600_000)
