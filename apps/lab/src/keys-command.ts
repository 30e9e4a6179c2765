import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const KEYS = join(import.meta.dirname, '../../../scripts/keys.ts')

/** Runs `npm run keys -- …` for the lab's own application registry and keys. Throws what it printed when it fails. */
export async function runKeys(places: { applications: string; secrets: string }, ...words: string[]) {
  const { applications, secrets } = places
  const where = ['--applications', applications, '--secrets', secrets]
  await promisify(execFile)(process.execPath, [KEYS, ...words, ...where])
}
