import { ROOT } from '@signet/testing/root'
import { run } from '@signet/testing/run'
import { listFiles } from '@signet/testing/source-files'
import { expect, test } from 'vitest'

const git = async (...args: string[]) => (await run('git', args, { cwd: ROOT })).output

test('every text file has LF in every checkout, whatever core.autocrlf says', async () => {
  const files = await git('-c', 'core.autocrlf=true', 'ls-files', '--eol', ...(await listFiles()))

  const lines = files.trimEnd().split('\n')
  // Where it is: in the index, in the work tree, and what the attributes say; `-text` is a binary file.
  const other = lines.filter(
    (line) => !/^i\/(lf|none) +w\/(lf|none|) +attr\/text.* eol=lf|^i\/-text/.test(line),
  )
  expect(other).toEqual([])
  expect(lines.length).toBeGreaterThan(300)
})

test.each(['.env', '.env.local', 'secrets/ca.key', 'data/signet.sqlite'])(
  '%s is never committed',
  async (path) => {
    expect(await git('check-ignore', path)).toBe(`${path}\n`)
  },
)
