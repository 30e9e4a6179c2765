import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { generateKeyPair } from '@signet/auth'
import { cleanUp } from '@signet/testing/clean-up'
import { freePort } from '@signet/testing/free-port'
import { run } from '@signet/testing/process'
import { ROOT } from '@signet/testing/repository'
import { onTestFinished } from 'vitest'

export const LIBRARY = join(ROOT, 'packages/auth')
export const TOOLS = join(import.meta.dirname, 'node_modules')
export const TSC = join(ROOT, 'node_modules/.bin/tsc')

/** The supported versions of Node.js. */
export const NODES = {
  22: join(TOOLS, 'node-22/bin/node'),
  24: join(TOOLS, 'node-24/bin/node'),
  26: process.execPath,
}

/** Packs the library, and returns the file. It is gone when the tests of the file are over. */
export async function pack(): Promise<string> {
  const folder = temporaryFolder()
  const packed = await run('npm', ['run', 'tarball', '--', '--pack-destination', folder], { cwd: LIBRARY })
  if (packed.status !== 0) throw new Error(packed.errors)
  return join(folder, 'signet-auth-1.0.0.tgz')
}

/**
 * A project as it is before it uses the library: its dependencies, the servers and callers of docs/lift, the keys and the
 * registry. `reporting` may read reports, `auditing` may not.
 */
export async function makeProject(): Promise<string> {
  const project = makeFolder()
  cpSync(join(ROOT, 'docs/lift'), project, { recursive: true })
  const compilerOptions = { ...OPTIONS, types: ['node'] }
  write(project, 'tsconfig.json', JSON.stringify({ compilerOptions }))
  write(project, 'package.json', '{ "type": "module" }')
  const applications = [
    { appId: 'reporting', name: 'reporting', permissions: ['reports:read'] },
    { appId: 'auditing', name: 'auditing', permissions: [] },
  ]
  write(project, 'applications.json', JSON.stringify(applications))
  for (const { appId } of applications) {
    const { privatePem, publicPem } = await newPair()
    write(project, `private-key/${appId}_private.pem`, privatePem)
    write(project, `public-keys/${appId}_public.pem`, publicPem)
  }
  return project
}

/** An empty folder with what a project may have installed: the dependencies of the library, Express, axios and so on. */
export function makeFolder(): string {
  const folder = temporaryFolder()
  const { dependencies } = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8'))
  mkdirSync(join(folder, 'node_modules/@signet'), { recursive: true })
  for (const name of [...Object.keys(dependencies), 'express', 'axios', 'undici', '@types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  symlinkSync(join(TOOLS, 'fastify'), join(folder, 'node_modules/fastify'))
  return folder
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signet-tarball-'))
  cleanUp(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const OPTIONS = {
  target: 'esnext',
  module: 'nodenext',
  strict: true,
  noEmit: true,
  allowImportingTsExtensions: true,
}

export async function newPair() {
  const { privateKey, publicKey } = await generateKeyPair({ modulusLength: 2048 })
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

export function write(project: string, path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}

/** As `npm install ./auth` does: a link, so that Node treats the sources as files of the project. */
export function copyFolder(project: string): void {
  cpSync(LIBRARY, join(project, 'auth'), {
    recursive: true,
    filter: (path) => !/node_modules|mutation|dist|\/test$|\.test\.ts$/.test(path),
  })
  symlinkSync(join(project, 'auth'), join(project, 'node_modules/@signet/auth'))
}

export async function unpack(tarball: string, project: string): Promise<void> {
  const target = join(project, 'node_modules/@signet/auth')
  mkdirSync(target)
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target])
}

/** Starts a server of the project, and resolves to its origin when it listens. */
export async function serve(project: string, file: string, node: string): Promise<string> {
  const origin = `http://localhost:${await freePort()}`
  await start(project, file, node, { ORIGIN: origin })
  return origin
}

/** Starts a program of the project, and resolves when it prints something. It stops at the end of the test. */
export async function start(project: string, file: string, node: string, env = {}): Promise<void> {
  const child = spawn(node, [file], { cwd: project, env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${file} has ended`)))
  await Promise.race([once(child.stdout, 'data'), ended])
}
