import { run } from '@signet/testing/process'
import { listFiles, ROOT, readSources } from '@signet/testing/repository'
import { expect, test } from 'vitest'

const git = async (...args: string[]) => (await run('git', args, { cwd: ROOT })).output

test('every text file has LF line ends in every checkout, whatever core.autocrlf is', async () => {
  const files = await git('-c', 'core.autocrlf=true', 'ls-files', '--eol', ...(await listFiles()))

  const lines = files.trimEnd().split('\n')
  // The line ends in the index, in the work tree, and by the attributes; `-text` is a binary file.
  const other = lines.filter(
    (line) => !/^i\/(lf|none) +w\/(lf|none|) +attr\/text.* eol=lf|^i\/-text/.test(line),
  )
  expect(other).toEqual([])
  expect(lines.length).toBeGreaterThan(300)
})

test.each(['.env', '.env.local', 'secrets/ca.key', 'data/signet.sqlite'])(
  '%s is ignored by git',
  async (path) => {
    expect(await git('check-ignore', path)).toBe(`${path}\n`)
  },
)

test('no file or folder has a meaningless name', async () => {
  const empty = /(^|[/.-])(utils?|helpers?|common|managers?|misc)([/.-]|$)/i

  expect((await listFiles()).filter((path) => empty.test(path))).toEqual([])
  expect('packages/auth/src/token-utils.ts').toMatch(empty)
})

test('no test is random: every property runs with the seed of `cases`', async () => {
  const tests = (await readSources()).filter(
    ({ path }) => path.endsWith('.test.ts') && path !== 'e2e/repository/files.test.ts',
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
