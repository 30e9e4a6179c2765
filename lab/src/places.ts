import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Places = ReturnType<typeof makePlaces>

/**
 * A folder that only its owner may enter, gone when the lab stops: its guest list begins as a copy of the committed one,
 * which never hears of the lab.
 */
export function makePlaces() {
  const folder = mkdtempSync(join(tmpdir(), 'signet-lab-'))
  const applications = join(folder, 'applications.json')
  copyFileSync(join(import.meta.dirname, '../../applications.json'), applications)

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
