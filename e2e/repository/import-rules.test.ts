import { readFileSync } from 'node:fs'
import { basename, join, matchesGlob } from 'node:path'
import { REFUSALS } from '@signet/auth'
import { PROBLEMS } from '@signet/service'
import { ROOT } from '@signet/testing/root'
import { listFiles, readSources } from '@signet/testing/source-files'
import { expect, test } from 'vitest'
import { breaches } from './import-rules.ts'
import { findCycle, importsOf } from './imports.ts'
import { readMarkdown } from './markdown.ts'

const files = await listFiles()
const sources = await readSources()
const entries = new Map(files.filter((path) => path.endsWith('/package.json')).flatMap(entriesOf))
const imports = importsOf(sources, entries)

test('no import goes through a wall', () => {
  expect(imports.length).toBeGreaterThan(300)
  expect(breaches(imports)).toEqual([])
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
])('in %s, %j would be found', (path, text) => {
  expect(breaches(importsOf([{ path, text }], entries))).toHaveLength(1)
})

test('no import leads round in a circle', () => {
  expect(findCycle(imports)).toBeUndefined()
})

test('a circle of imports would be found, through packages too', () => {
  const circle = [
    { path: 'packages/auth/src/index.ts', text: "export * from './a.ts'" },
    { path: 'packages/auth/src/a.ts', text: "import type { b } from './b.ts'" },
    { path: 'packages/auth/src/b.ts', text: "import { a } from '@signet/auth'" },
  ]

  expect(findCycle(importsOf(circle, entries))).toHaveLength(4)
})

test('every relative import names a file that is there', () => {
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

test('no test is random: every property runs with the seed of `cases`', () => {
  const tests = sources.filter(
    ({ path }) => path.endsWith('.test.ts') && path !== 'e2e/repository/import-rules.test.ts',
  )
  const properties = tests.filter(({ text }) => text.includes('fc.assert('))

  expect(tests.filter(({ text }) => text.includes('Math.random(')).map(({ path }) => path)).toEqual([])
  for (const { path, text } of properties) {
    const [asserted = [], seeded = []] = [/\bfc\.assert\(/g, /^\s*cases\(\d+\),$/gm].map(
      (each) => text.match(each) ?? [],
    )
    expect({ path, seeded: seeded.length }).toEqual({ path, seeded: asserted.length })
    expect(path).toMatch(/\.properties\.test\.ts$/)
  }
  expect(properties.length).toBeGreaterThan(1)
})

test('no file or folder is called by a name that says nothing', () => {
  const empty = /(^|[/.-])(utils?|helpers?|common|managers?|misc)([/.-]|$)/i

  expect(files.filter((path) => empty.test(path))).toEqual([])
  expect('packages/auth/src/token-utils.ts').toMatch(empty)
})

test('every error code has its heading in docs/errors.md, and every heading of a code is one', () => {
  const { anchors } = readMarkdown('docs/errors.md')
  const codes = Object.keys({ ...PROBLEMS, ...REFUSALS })

  expect(anchors.filter((anchor) => anchor.includes('_')).sort()).toEqual(
    codes.filter((code) => code.includes('_')).sort(),
  )
  expect(anchors).toContain('unavailable')
})

test('a code that two packages throw has the same status and title in both', () => {
  const both = Object.keys(REFUSALS).filter((code) => code in PROBLEMS)

  expect(both).toEqual(['unavailable'])
  expect(REFUSALS.unavailable).toMatchObject(PROBLEMS.unavailable)
})

/** The entries of a package, by the names under which others import them. */
function entriesOf(path: string): [name: string, file: string][] {
  const { name, exports = {} } = JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
  return Object.entries<string>(exports).flatMap(([entry, file]): [string, string][] => {
    const pattern = join(path, '..', file)
    if (!entry.endsWith('*')) return [[join(name, entry), pattern]]
    const named = files.filter((path) => matchesGlob(path, pattern))
    return named.map((path) => [join(name, entry.replace('*', basename(path, '.ts'))), path])
  })
}
