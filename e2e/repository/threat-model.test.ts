import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '@signet/testing/root'
import { expect, test } from 'vitest'

const DOCUMENT = 'docs/threat-model.md'
const text = readFileSync(join(ROOT, DOCUMENT), 'utf8')
const threats = rowsIn(text)
const tests = linksIn(text).filter(
  ({ path }) => path.endsWith('.test.ts') && path !== 'e2e/repository/threat-model.test.ts',
)

test.each(tests)('$path has a test "$title"', ({ title, path }) => {
  expect(hasTest(path, title)).toBe(true)
})

test('each threat has a defence in a source that exists, and a test', () => {
  expect(threats.filter(lacksSomething)).toEqual([])
  expect(threats.length).toBeGreaterThan(60)
})

test('a title or a file that does not exist would be noticed', () => {
  expect(hasTest('packages/auth/src/remembered-signatures.test.ts', 'is refused once its key is gone')).toBe(
    true,
  )
  expect(hasTest('packages/auth/src/remembered-signatures.test.ts', 'is refused once its key is gon')).toBe(
    false,
  )
  expect(hasTest('packages/auth/src/remembered-signatures.test.ts', 'a token that was refused')).toBe(false)
  expect(hasTest('packages/auth/src/gone.test.ts', 'is refused once its key is gone')).toBe(false)
  expect(lacksSomething(['threat', 'words', tests[0]?.title ?? ''])).toBe(true)
})

type Link = { title: string; path: string }

/** The links to files of ours, with their paths from the root. */
function linksIn(markdown: string): Link[] {
  const links = markdown.matchAll(/\[([^\]]+)\]\((?!\w+:)([^)#\s]+)\)/g)
  return [...links].map(([, title = '', target = '']) => ({ title, path: join('docs', target) }))
}

/** Whether a file has a test with this title, as it stands in the source, or a row of this name in the table of one. */
function hasTest(path: string, title: string): boolean {
  const file = join(ROOT, path)
  if (!existsSync(file)) return false
  const place = new RegExp(`(?<!describe)[([]\\s*(['"\`])${RegExp.escape(title)}\\1`)
  return place.test(readFileSync(file, 'utf8'))
}

/** The rows of all tables of threats, as their three cells. */
function rowsIn(markdown: string): string[][] {
  const tables = markdown.matchAll(/^\| threat \| defence \| test \|\n.*\n((?:\|.*\n)+)/gm)
  return [...tables].flatMap(([, rows = '']) =>
    rows
      .trim()
      .split('\n')
      .map((row) => row.slice(2, -2).split(' | ')),
  )
}

function lacksSomething([, defence = '', proof = '']: string[]): boolean {
  const sources = linksIn(defence)
  const exist = sources.every(({ path }) => existsSync(join(ROOT, path)) && !path.endsWith('.test.ts'))
  return sources.length === 0 || !exist || linksIn(proof).every(({ path }) => !path.endsWith('.test.ts'))
}
