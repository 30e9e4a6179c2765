import { randomUUID } from 'node:crypto'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '@signet/testing/process'
import { afterAll, expect, test } from 'vitest'
import { docker, lines, PROJECT, ROOT } from './docker.ts'

const IMAGE = `${PROJECT}-changed`
const DECOYS = ['secrets/ca.key', 'apps/api/server.key', 'apps/api/src/a_private.pem', 'packages/auth/.env']

const context = mkdtempSync(join(tmpdir(), 'signet-context-'))
afterAll(() => rmSync(context, { recursive: true }))

test('a change of code does not install the packages again, and a secret in the checkout gets into no image', async () => {
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
  const copy = /^#(\d+) \[api .*COPY --chmod=\d+ apps\/api apps\/api/m.exec(steps)?.[1]
  expect(steps).toContain(`#${install} CACHED`)
  expect(steps).toContain(`#${copy} DONE`)
  expect(decoys).toMatchObject({ status: 1, output: '' })
})

test.each([
  ['keys', [], '/app'],
  ['edge', ['--user', '1000:1000'], '/etc/caddy'],
])('%s runs when only its owner can read the checkout', async (target, as, folder) => {
  await run('chmod', ['-R', 'go=', context])

  await build(target)
  // Prints what the user of the image cannot read.
  const find = [
    'find',
    folder,
    '-path',
    '/app/secrets',
    '-prune',
    '-o',
    '-exec',
    'test',
    '!',
    '-r',
    '{}',
    ';',
    '-print',
  ]
  const unreadable = await run('docker', ['run', '--rm', ...as, '--entrypoint', '', IMAGE, ...find])
  await docker('image', 'rm', IMAGE)

  expect(unreadable).toMatchObject({ status: 0, output: '' })
})

test('each COPY sets the file mode, and no service mounts a file of the checkout', () => {
  const copies = lines(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).filter((line) =>
    /^(COPY|ADD) /.test(line),
  )
  const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')

  expect(copies.length).toBeGreaterThan(5)
  expect(copies.filter((line) => !/--chmod=\d+ /.test(line))).toEqual([])
  expect(compose).not.toMatch(/^ *- \.{0,2}\/[^:]*:|source: \.|^ +(configs|secrets):/m)
})

/** Resolves to the steps of the build, as BuildKit writes them. */
async function build(target: string): Promise<string> {
  const args = ['build', '--progress', 'plain', '--target', target, '--tag', IMAGE, context]
  const { status, errors } = await run('docker', args)
  expect({ status, errors }).toMatchObject({ status: 0 })
  return errors
}

function isSource(path: string): boolean {
  return !path.includes('node_modules')
}
