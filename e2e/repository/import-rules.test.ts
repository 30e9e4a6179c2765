import { readFileSync } from 'node:fs'
import { basename, join, matchesGlob } from 'node:path'
import { listFiles, ROOT, readSources } from '@signet/testing/repository'
import { expect, test } from 'vitest'
import { findCycle, importsOf, ruleViolations } from './import-rules.ts'

const files = await listFiles()
const sources = await readSources()
const entries = new Map(files.filter((path) => path.endsWith('/package.json')).flatMap(entriesOf))
const imports = importsOf(sources, entries)

test('every import follows the rules', () => {
  expect(imports.length).toBeGreaterThan(300)
  expect(ruleViolations(imports)).toEqual([])
})

test.each([
  ['apps/app-one/src/a.ts', "import { x } from '../../app-two/src/api.ts'"],
  ['apps/app-one/src/a.ts', "import type { x } from '../../../packages/auth/src/sign.ts'"],
  ['packages/auth/src/a.ts', "export * from '@signet/service'"],
  ['packages/auth/src/a.ts', "import express from 'express'"],
  ['packages/auth/src/a.ts', "import {\n  type AxiosInstance,\n} from 'axios'"],
  ['packages/service/src/a.ts', "import { x } from '@signet/auth'"],
  ['packages/service/src/a.ts', "  const x = await import('@signet/auth')"],
  ['apps/api/src/a.ts', "import { x } from '@signet/web'"],
  ['apps/api/src/a.ts', "import '@signet/auth/secret'"],
  ['scripts/a.ts', "import { x } from '../bench/a.ts'"],
  ['packages/new/src/a.ts', "import '@signet/auth'"],
])('in %s, the import %j breaks a rule', (path, text) => {
  expect(ruleViolations(importsOf([{ path, text }], entries))).toHaveLength(1)
})

test('there is no import cycle', () => {
  expect(findCycle(imports)).toBeUndefined()
})

test('an import cycle is found, through packages too', () => {
  const cycle = [
    { path: 'packages/auth/src/index.ts', text: "export * from './a.ts'" },
    { path: 'packages/auth/src/a.ts', text: "import type { b } from './b.ts'" },
    { path: 'packages/auth/src/b.ts', text: "import { a } from '@signet/auth'" },
  ]

  expect(findCycle(importsOf(cycle, entries))).toHaveLength(4)
})

test('every relative import names a file that exists', () => {
  const known = new Set(files)

  expect(imports.filter(({ to }) => to !== undefined && !known.has(to))).toEqual([])
})

test('packages/auth reads no environment variable', () => {
  const auth = sources.filter(({ path }) => path.startsWith('packages/auth/src/'))

  expect(
    auth.filter(({ text }) => /process\.env|import\.meta\.env/.test(text)).map(({ path }) => path),
  ).toEqual([])
  expect(auth.length).toBeGreaterThan(10)
})

/** The entries of a package: the name by which others import it, and the file. */
function entriesOf(path: string): [name: string, file: string][] {
  const { name, exports = {} } = JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
  return Object.entries<string>(exports).flatMap(([entry, file]): [string, string][] => {
    const pattern = join(path, '..', file)
    if (!entry.endsWith('*')) return [[join(name, entry), pattern]]
    const named = files.filter((path) => matchesGlob(path, pattern))
    return named.map((path) => [join(name, entry.replace('*', basename(path, '.ts'))), path])
  })
}
