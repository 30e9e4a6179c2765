import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const COMMITTED = join(import.meta.dirname, '../../../applications.json')

export type Places = ReturnType<typeof makePlaces>

/**
 * A folder that only its owner may enter, removed when the lab stops. Its application registry has the committed applications, and
 * those called `names`, which may read users; the committed list stays as it is.
 */
export function makePlaces(names: readonly string[]) {
  const committed = JSON.parse(readFileSync(COMMITTED, 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'signet-lab-'))
  const applications = join(folder, 'applications.json')
  const own = names.map((name) => ({
    appId: randomBytes(8).toString('hex'),
    name,
    permissions: ['users:read'],
  }))
  writeFileSync(applications, JSON.stringify([...committed, ...own], null, 2))

  const secret = (...path: string[]) => join(folder, 'secrets', ...path)
  return {
    folder,
    applications,
    secrets: secret(),
    secret,
    publicKeys: secret('api/public-keys'),
    ca: secret('ca.pem'),
    database: join(folder, 'signet.sqlite'),
  }
}
