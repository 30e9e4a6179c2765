import { randomUUID } from 'node:crypto'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run } from '../../e2e/run.ts'
import { docker, PROJECT, ROOT } from './docker.ts'

const IMAGE = `${PROJECT}-changed`
const DECOYS = ['secrets/ca.key', 'apps/api/server.key', 'apps/api/src/a_private.pem', 'packages/auth/.env']

const context = mkdtempSync(join(tmpdir(), 'signet-context-'))
afterAll(() => rmSync(context, { recursive: true }))

test('a change of code installs nothing anew, and a secret that lies about gets into no image', async () => {
  for (const name of [
    '.dockerignore',
    'Dockerfile',
    'package.json',
    'package-lock.json',
    'applications.json',
  ])
    cpSync(join(ROOT, name), join(context, name))
  for (const name of ['apps', 'deploy', 'packages', 'scripts'])
    cpSync(join(ROOT, name), join(context, name), { recursive: true, filter: isSource })
  for (const file of DECOYS) {
    mkdirSync(dirname(join(context, file)), { recursive: true })
    writeFileSync(join(context, file), 'decoy')
  }
  appendFileSync(join(context, 'apps/api/src/main.ts'), `// ${randomUUID()}\n`)

  const steps = await build('api')
  const decoys = await run('docker', [
    'run',
    '--rm',
    IMAGE,
    'grep',
    '-rlx',
    'decoy',
    '/app/apps',
    '/app/packages',
  ])
  await docker('image', 'rm', IMAGE)

  const install = /^#(\d+) \[api .*npm ci/m.exec(steps)?.[1]
  const copy = /^#(\d+) \[api .*COPY apps\/api apps\/api/m.exec(steps)?.[1]
  expect(steps).toContain(`#${install} CACHED`)
  expect(steps).toContain(`#${copy} DONE`)
  expect(decoys).toMatchObject({ status: 1, output: '' })
})

/** Answers the steps of the build, as BuildKit writes them. */
async function build(target: string): Promise<string> {
  const args = ['build', '--progress', 'plain', '--target', target, '--tag', IMAGE, context]
  const { status, errors } = await run('docker', args)
  expect({ status, errors }).toMatchObject({ status: 0 })
  return errors
}

function isSource(path: string): boolean {
  return !path.includes('node_modules')
}
