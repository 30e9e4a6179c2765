import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { openTokenSource } from '@signet/auth'
import { createFetch } from '@signet/auth/fetch'
import { run } from '@signet/testing/process'
import { ROOT } from '@signet/testing/repository'
import { describe, expect, test } from 'vitest'
import { copyFolder, makeProject, NODES, newPair, pack, serve, TSC, unpack, write } from './project.ts'

const SERVERS = ['express.ts', 'fastify.ts', 'node-http.ts']
const CALLERS = ['call-with-axios.ts', 'call-with-fetch.ts']

const tarball = await pack()
const packed = await makeProject()
await unpack(tarball, packed)
const copied = await makeProject()
copyFolder(copied)

describe.each([
  ['the packed package', packed],
  ['a copy of the folder', copied],
])('%s', (_, project) => {
  describe.each(Object.entries(NODES))('on Node.js %s', (version, node) => {
    test.each(SERVERS)('protects %s, and signs for both callers', async (file) => {
      const origin = await serve(project, file, node)
      const runHere = (caller: string) => run(node, [caller], { cwd: project, env: { ORIGIN: origin } })

      expect((await run(node, ['--version'])).output).toContain(`v${version}.`)
      for (const caller of CALLERS)
        expect(await runHere(caller)).toEqual({
          status: 0,
          output: `${REPORTS}\n`,
          errors: expect.any(String),
        })
      expect(await answerOf(await fetch(`${origin}/reports`))).toEqual({
        status: 401,
        type: 'application/problem+json',
        challenge: 'Bearer',
        body: expect.objectContaining({ code: 'token_missing', status: 401, title: 'Unauthorized' }),
      })
    })
  })

  test('has its types', async () => {
    write(project, 'wrong.ts', WRONG)
    const { output } = await run(TSC, [], { cwd: project })

    expect(output.match(/^.*error.*$/gm)).toEqual([
      "wrong.ts(2,14): error TS2322: Type 'string' is not assignable to type 'number'.",
    ])
  })
})

describe.each(SERVERS)('%s', (file) => {
  test('refuses every attack, and accepts every valid request', async () => {
    const origin = await serve(packed, file, process.execPath)
    const key = (appId: string) => join(packed, `private-key/${appId}_private.pem`)
    const args = [origin, '--key', key('reporting'), '--other-key', key('auditing'), '--require-audience']
    const { status, output } = await run(process.execPath, [
      join(ROOT, 'packages/attacks/src/attack.ts'),
      ...args,
    ])

    expect({ status, wrong: output.match(/^.*WRONG.*$/gm) }).toEqual({ status: 0, wrong: null })
  })

  test('refuses a caller without the permission, and says which', async () => {
    const origin = await serve(packed, file, process.execPath)
    const tokens = openTokenSource({
      file: join(packed, 'private-key/auditing_private.pem'),
      audience: origin,
    })

    expect(await answerOf(await createFetch(tokens)(`${origin}/reports`))).toMatchObject({
      status: 403,
      challenge: expect.stringContaining('scope="reports:read"'),
      body: { code: 'permission_denied', permission: 'reports:read' },
    })
  })

  test('refuses no request while the key is rotated', async () => {
    const project = await makeProject()
    await unpack(tarball, project)
    const origin = await serve(project, file, process.execPath)
    const privateFile = join(project, 'private-key/reporting_private.pem')
    const send = createFetch(openTokenSource({ file: privateFile, audience: origin }))
    const keyIds = new Set<string>()
    const call = async () => {
      const response = await send(`${origin}/whoami`)
      expect(response.status).toBe(200)
      keyIds.add(((await response.json()) as { keyId: string }).keyId)
    }
    await call()

    const { privatePem, publicPem } = await newPair()
    const old = await run('cat', [join(project, 'public-keys/reporting_public.pem')])
    replace(project, 'public-keys/reporting_public.pem', publicPem + old.output)
    await callFor(POLL, call)
    replace(project, 'private-key/reporting_private.pem', privatePem)
    while (keyIds.size < 2) await call()
    replace(project, 'public-keys/reporting_public.pem', publicPem)
    await callFor(POLL, call)
  })
})

/** Milliseconds after which the server has looked at the key file again. */
const POLL = 1500

const REPORTS = JSON.stringify({ reports: [], for: 'reporting' })
const WRONG =
  "import { signToken } from '@signet/auth'\nexport const token: number = signToken({} as never)\n"

async function answerOf(response: Response) {
  const { status, headers } = response
  const type = headers.get('content-type')?.split(';')[0]
  return { status, type, challenge: headers.get('www-authenticate'), body: await response.json() }
}

function replace(project: string, path: string, text: string): void {
  write(project, `${path}.new`, text)
  renameSync(join(project, `${path}.new`), join(project, path))
}

/** Calls again and again, for this many milliseconds. */
async function callFor(milliseconds: number, call: () => Promise<void>): Promise<void> {
  const end = Date.now() + milliseconds
  while (Date.now() < end) await call()
}
