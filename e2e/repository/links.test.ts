import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '@signet/testing/root'
import { listFiles } from '@signet/testing/source-files'
import { expect, test } from 'vitest'
import { readMarkdown } from './markdown.ts'

const documents = (await listFiles()).filter((path) => path.endsWith('.md'))

test.each(documents)('every link in %s leads to a file and a heading that are there', (document) => {
  expect(
    readMarkdown(document).links.filter((link) => isLocal(link) && !leadsSomewhere(document, link)),
  ).toEqual([])
})

test('a link to nowhere would be found', () => {
  expect(leadsSomewhere('README.md', 'docs/errors.md#token_missing')).toBe(true)
  expect(leadsSomewhere('README.md', 'docs/errors.md#token_mislaid')).toBe(false)
  expect(leadsSomewhere('docs/errors.md', 'docs/errors.md')).toBe(false)
})

function isLocal(link: string): boolean {
  return !/^[a-z]+:/.test(link)
}

function leadsSomewhere(document: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const path = file ? join(dirname(document), file) : document
  if (!existsSync(join(ROOT, path))) return false
  return anchor === undefined || readMarkdown(path).anchors.includes(anchor)
}
