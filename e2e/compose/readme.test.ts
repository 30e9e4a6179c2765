import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readMarkdown } from '../repository/markdown.ts'
import { command, ROOT } from './docker.ts'

test('the Docker commands in README.md work, in their order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const scripts = readMarkdown('README.md').scripts.filter((script) => script.includes('docker '))

  // In another folder, so that they leave no file in the repository.
  for (const script of scripts)
    await command('sh', ['-euc', `cd ${folder}\n${script}`], {
      COMPOSE_FILE: join(ROOT, 'docker-compose.yml'),
    })

  expect(scripts).not.toEqual([])
})
