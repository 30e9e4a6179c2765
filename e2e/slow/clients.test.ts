import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, run } from '@signet/testing/process'
import { ROOT } from '@signet/testing/repository'
import { applicationOf, startSystem } from '@signet/testing/system'
import { afterAll, describe, expect, test } from 'vitest'

const system = await startSystem({ pages: false })
afterAll(system.stop)
const ca = system.secret('ca.pem')
const [one, two] = [applicationOf(system, 'app-one'), applicationOf(system, 'app-two')]
const key = system.secret('app-one', `${one.appId}_private.pem`)

describe.each([
  ['shell', 'users.sh', ['bash', 'openssl', 'curl'], []],
  ['Python', 'users.py', ['python3', 'openssl'], []],
  ['Go', 'users.go', ['go'], ['run']],
])('the client in %s', async (_, name, programs, words) => {
  const file = join(ROOT, 'docs/clients', name)
  const present = await Promise.all(programs.map(isInstalled))
  const absent = programs.filter((_, index) => !present[index]).join(', ')
  const call = (keyFile: string, caFile: string) =>
    run(programs[0] ?? '', [...words, file, keyFile, caFile, system.api.url])

  /** Sends a request and waits for its log line. The lines of all requests between two of these are between theirs. */
  const request = async (when: string) => {
    const id = `${when}-${name}`.replace('.', '_')
    await system.send('/openapi.json', { headers: { 'x-request-id': id } })
    await system.api.logged(({ requestId }) => requestId === id)
    return id
  }

  test('gets the users from the running API', async ({ skip }) => {
    skip(absent !== '', `not installed: ${absent}`)

    const { status, output, errors } = await call(key, ca)

    expect({ status, errors }).toEqual({ status: 0, errors: '' })
    expect(JSON.parse(output)).toContainEqual(expect.objectContaining({ id: 'u-001' }))
  })

  test('fails when the API refuses it, and shows the answer', async ({ skip }) => {
    skip(absent !== '', `not installed: ${absent}`)
    const foreign = system.file(`${two.appId}_private.pem`)
    copyFileSync(key, foreign)

    const { status, output } = await call(foreign, ca)

    expect(status).not.toBe(0)
    expect(JSON.parse(output)).toMatchObject({ code: 'token_rejected' })
  })

  test('sends no token to a server that its CA does not vouch for', async ({ skip }) => {
    skip(absent !== '', `not installed: ${absent}`)
    const before = await request('before')

    const { status, output } = await call(key, system.secret('app-one/server.pem'))

    const after = await request('after')
    expect({ failed: status !== 0, output }).toEqual({ failed: true, output: '' })
    const ids = system.api.log.map(({ requestId }) => requestId)
    expect(ids.indexOf(after)).toBe(ids.indexOf(before) + 1)
  })

  test('has fewer than 30 lines of code', () => {
    const withoutImports = readFileSync(file, 'utf8').replace(/^import \([\s\S]*?^\)$/m, '')
    const code = withoutImports.split('\n').filter((line) => !/^\s*($|#|\/\/|import |""")/.test(line))

    expect(code.length).toBeLessThan(30)
    expect(code.length).toBeGreaterThan(5)
  })
})
