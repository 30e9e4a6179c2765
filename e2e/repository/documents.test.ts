import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { REFUSALS } from '@signet/auth'
import { PROBLEMS } from '@signet/service'
import { listFiles, ROOT } from '@signet/testing/repository'
import { expect, test } from 'vitest'
import { readMarkdown } from './markdown.ts'

const documents = (await listFiles()).filter((path) => path.endsWith('.md'))

const text = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8')
const threats = rowsIn(text)
const tests = linksIn(text).filter(
  ({ path }) => path.endsWith('.test.ts') && path !== 'e2e/repository/documents.test.ts',
)

test.each(documents)('every link in %s leads to a file and a heading that exist', (document) => {
  expect(readMarkdown(document).links.filter((link) => isLocal(link) && !hasTarget(document, link))).toEqual(
    [],
  )
})

test('a broken link is found', () => {
  expect(hasTarget('README.md', 'docs/errors.md#token_missing')).toBe(true)
  expect(hasTarget('README.md', 'docs/errors.md#token_mislaid')).toBe(false)
  expect(hasTarget('docs/errors.md', 'docs/errors.md')).toBe(false)
})

test('every error code has a heading in docs/errors.md, and every heading of a code names one that exists', () => {
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

test.each(tests)('$path has a test "$title"', ({ title, path }) => {
  expect(hasTest(path, title)).toBe(true)
})

test('each threat has a defence in a source that exists, and a test', () => {
  expect(threats.filter(lacksSomething)).toEqual([])
  expect(threats.length).toBeGreaterThan(60)
})

test('a title or a file that does not exist is noticed', () => {
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

function isLocal(link: string): boolean {
  return !/^[a-z]+:/.test(link)
}

function hasTarget(document: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const path = file ? join(dirname(document), file) : document
  if (!existsSync(join(ROOT, path))) return false
  return anchor === undefined || readMarkdown(path).anchors.includes(anchor)
}

type Link = { title: string; path: string }

/** The links to files of the repository, with their paths from the root. */
function linksIn(markdown: string): Link[] {
  const links = markdown.matchAll(/\[([^\]]+)\]\((?!\w+:)([^)#\s]+)\)/g)
  return [...links].map(([, title = '', target = '']) => ({ title, path: join('docs', target) }))
}

/** Whether a file has a test with this title, as written in the source, or a row of that name in a test table. */
function hasTest(path: string, title: string): boolean {
  const file = join(ROOT, path)
  if (!existsSync(file)) return false
  const pattern = new RegExp(`(?<!describe)[([]\\s*(['"\`])${RegExp.escape(title)}\\1`)
  return pattern.test(readFileSync(file, 'utf8'))
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
