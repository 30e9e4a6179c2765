import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runKeys } from '../scripts/keys/command-line.ts'
import { makeClientCertificate } from './client-certificate.ts'
import { APPLICATION } from './stage.ts'

/** Makes a stage in a new temporary folder with the real key command, and resolves to the folder. */
export async function makeStage(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'))
  const applications = join(folder, 'applications.json')
  writeFileSync(applications, JSON.stringify([APPLICATION]))
  const places = ['--applications', applications, '--secrets', join(folder, 'secrets')]
  if ((await runKeys(['provision', ...places], { print: () => {} })) !== 0)
    throw new Error('the keys could not be made')

  const client = join(folder, 'client')
  mkdirSync(client)
  const { cert, key } = await makeClientCertificate(APPLICATION.appId, {
    cert: readFileSync(join(folder, 'secrets/ca.pem'), 'utf8'),
    key: readFileSync(join(folder, 'secrets/ca.key'), 'utf8'),
  })
  writeFileSync(join(client, 'cert.pem'), cert)
  writeFileSync(join(client, 'cert.key'), key)
  return folder
}
