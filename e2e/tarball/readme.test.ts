import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@signet/testing/free-port'
import { run } from '@signet/testing/process'
import { expect, test } from 'vitest'
import { LIBRARY, makeFolder, pack, start, unpack, write } from './project.ts'

const tarball = await pack()
const [keys = '', server = '', nodeHttp = '', caller = '', rotate = ''] = [
  ...readFileSync(join(LIBRARY, 'README.md'), 'utf8').matchAll(/^```\w+\n([\s\S]*?)^```$/gm),
].map(([, code = '']) => code)

test.each([
  ['Express', server],
  [
    'node:http',
    server.slice(0, server.indexOf('const app')).replace(/^import .*express.*$/gm, '') + nodeHttp,
  ],
])('the commands and programs of the README work as they are, with %s', async (_, program) => {
  const project = makeFolder()
  await unpack(tarball, project)
  const port = await freePort()
  const here = (text: string) => text.replaceAll('4000', String(port))
  const runHere = (command: string, args: string[]) => run(command, args, { cwd: project })
  write(project, 'server.mjs', here(`${program}\nconsole.log('started')`))
  write(project, 'caller.mjs', here(caller))
  const call = () => runHere(process.execPath, ['caller.mjs'])

  expect(await runHere('sh', ['-ec', keys])).toMatchObject({ status: 0 })
  await start(project, 'server.mjs', process.execPath)
  expect(await call()).toMatchObject({ status: 0, output: expect.stringMatching(/^\[\]\n/) })
  const refused = await fetch(`http://localhost:${port}/reports`)
  expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'token_missing' }])
  expect(await runHere('sh', ['-ec', rotate])).toMatchObject({ status: 0 })
  expect(await call()).toMatchObject({ status: 0, errors: '' })
})
