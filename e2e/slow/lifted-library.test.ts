import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@signet/auth'
import { freePort } from '@signet/testing/free-port'
import { run } from '@signet/testing/process'
import { ROOT } from '@signet/testing/repository'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'

const LIBRARY = join(ROOT, 'packages/auth')
const TSC = join(ROOT, 'node_modules/.bin/tsc')
const folder = mkdtempSync(join(tmpdir(), 'signet-lifted-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { privateKey, publicKey } = await generateKeyPair({ modulusLength: 2048 })

describe.each([
  ['a copy of the folder', copyFolder],
  ['a tarball', installTarball],
])('packages/auth lifted into an empty project as %s', async (way, install) => {
  const project = join(folder, way.replaceAll(' ', '-'))
  makeProject(project)
  await install(project)

  test('protects an Express server there and signs for an axios client', async () => {
    const origin = await serve(project)

    const caller = await run(process.execPath, ['caller.ts'], { cwd: project, env: { ORIGIN: origin } })

    expect(caller).toEqual({ status: 0, output: '{"hello":"greeter"}\n', errors: '' })
    const refused = await fetch(`${origin}/hello`)
    expect([refused.status, await refused.json()]).toEqual([401, { code: 'token_missing' }])
  })

  test('has its types there', async () => {
    const wrong =
      "import { signToken } from '@signet/auth'\nexport const token: number = signToken({} as never)\n"
    writeFileSync(join(project, 'wrong.ts'), wrong)

    const { output } = await run(TSC, [], { cwd: project })

    expect(output.match(/^.*error.*$/gm)).toEqual([
      "wrong.ts(2,14): error TS2322: Type 'string' is not assignable to type 'number'.",
    ])
  })
})

/** A project as it is before it uses the library: its dependencies, a server, and a client that calls it. */
function makeProject(project: string): void {
  cpSync(join(ROOT, 'e2e/lifted'), project, { recursive: true })
  const { dependencies } = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8'))
  mkdirSync(join(project, 'node_modules/@signet'), { recursive: true })
  for (const name of [...Object.keys(dependencies), 'express', 'axios', 'undici', '@types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name))

  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  const application = { appId: 'greeter', name: 'greeter', permissions: ['hello:read'] }
  writeFileSync(join(project, 'applications.json'), JSON.stringify([application]))
  for (const [path, key, type] of [
    ['private-key/greeter_private.pem', privateKey, 'pkcs8'],
    ['public-keys/greeter_public.pem', publicKey, 'spki'],
  ] as const) {
    mkdirSync(join(project, path, '..'))
    writeFileSync(join(project, path), key.export({ type: type as 'spki', format: 'pem' }))
  }
}

/** As `npm install ./auth` does: a link, so that Node treats the sources as files of the project. */
async function copyFolder(project: string): Promise<void> {
  copyLibrary(join(project, 'auth'))
  symlinkSync(join(project, 'auth'), join(project, 'node_modules/@signet/auth'))
}

/** With `npm run tarball` in a copy of the workspace. */
async function installTarball(project: string): Promise<void> {
  const workspace = join(folder, 'workspace')
  copyLibrary(join(workspace, 'packages/auth'))
  cpSync(join(ROOT, 'tsconfig.base.json'), join(workspace, 'tsconfig.base.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(workspace, 'node_modules'))
  const packed = await run('npm', ['run', 'tarball', '--', '--pack-destination', folder], {
    cwd: join(workspace, 'packages/auth'),
  })
  expect(packed.errors).not.toMatch(/npm (ERR|error)/)

  const target = join(project, 'node_modules/@signet/auth')
  mkdirSync(target)
  await run('tar', ['-xzf', join(folder, 'signet-auth-1.0.0.tgz'), '--strip-components=1', '-C', target])
}

/** Without the tests and the mutation tests, which need vitest. */
function copyLibrary(to: string): void {
  cpSync(LIBRARY, to, {
    recursive: true,
    filter: (path) => !/node_modules|mutation|\/test$|\.test\.ts$/.test(path),
  })
}

/** Starts the project's server, and resolves to its origin when it listens. */
async function serve(project: string): Promise<string> {
  const origin = `http://localhost:${await freePort()}`
  const server = spawn(process.execPath, ['server.ts'], {
    cwd: project,
    env: { ORIGIN: origin },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void server.kill())
  await once(server.stdout, 'data')
  return origin
}
