import { readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run } from '@signet/testing/process'
import { ROOT } from '@signet/testing/repository'
import { describe, expect, test } from 'vitest'
import { LIBRARY, makeProject, pack, TOOLS, unpack } from './project.ts'

const tarball = await pack()
const project = await makeProject()
await unpack(tarball, project)
const unpacked = join(project, 'node_modules/@signet/auth')
const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'))
const bin = (name: string) => join(TOOLS, '.bin', name)

test('publint finds nothing to improve', async () => {
  const { status, output, errors } = await run(process.execPath, [bin('publint'), unpacked, '--strict'])

  expect({ status, text: output + errors }).toEqual({ status: 0, text: expect.stringContaining('All good!') })
})

test('its types are found as they are, by every module resolution for ES modules', async () => {
  const args = [bin('attw'), tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'table']
  const { status, output } = await run(process.execPath, args, { cwd: dirname(tarball) })

  expect({ status, output }).toMatchObject({ status: 0 })
  expect(output).toContain('@signet/auth/fetch')
})

test('it is at most 25 kB packed, and has two dependencies', () => {
  expect(statSync(tarball).size).toBeLessThanOrEqual(25_000)
  expect(Object.keys(manifest.dependencies)).toEqual(['jsonc-parser', 'jsonwebtoken'])
})

test('it says what a package must say, and may be published', () => {
  expect(manifest).toMatchObject({
    license: 'MIT',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.18' },
  })
  expect(manifest).not.toHaveProperty('private')
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE'])
    expect(readFileSync(join(unpacked, name), 'utf8')).toBe(readFileSync(join(LIBRARY, name), 'utf8'))
  expect(readFileSync(join(unpacked, 'CHANGELOG.md'), 'utf8')).toContain(`## ${manifest.version}\n`)
})

describe('docs/api-reference.md', () => {
  const reference = readFileSync(join(ROOT, 'docs/api-reference.md'), 'utf8')

  test('is what npm run api-reference makes of the sources', async () => {
    const { output } = await run('npm', ['run', '--silent', 'api-reference'], { cwd: LIBRARY })

    expect(output).toBe(reference)
  })

  test('has an example of every function and class', () => {
    const chapters = reference.split(/^### /m).filter((text) => /^```ts\n(function|class) /m.test(text))
    const lacking = chapters.filter((text) => !text.includes('// Example:'))

    expect(lacking.map((text) => text.split('\n')[0])).toEqual([])
    expect(chapters.length).toBeGreaterThan(30)
  })
})

test('a stack trace names the line of the source', async () => {
  const source = readFileSync(join(LIBRARY, 'src/token-source.ts'), 'utf8')
  const line = source.split('\n').findIndex((text) => text.includes('throw new TypeError(')) + 1
  const call = "openTokenSource({ file: 'a_private.pem', audience: '' })"
  const program = `import { openTokenSource } from '@signet/auth'\n${call}`
  const args = ['--enable-source-maps', '--input-type=module', '--eval', program]
  const { errors } = await run(process.execPath, args, { cwd: project })

  expect(line).toBeGreaterThan(0)
  expect(errors).toContain(`token-source.ts:${line}:`)
})
