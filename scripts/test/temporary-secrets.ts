import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Application, generateKeyPair } from '@signet/auth'
import { onTestFinished, vi } from 'vitest'
import type { Context } from '../keys/command.ts'
import { runKeys } from '../keys/command-line.ts'
import { FOLDER } from '../keys/files.ts'
import { placesOf } from '../keys/places.ts'

export const PEOPLE: Application = { appId: 'people01', name: 'app-one', permissions: ['users:read'] }
export const ORDERS: Application = {
  appId: 'orders02',
  name: 'app-two',
  permissions: ['orders:read', 'orders:write'],
}

/** For tests: an application registry and a secrets folder that are removed when the test ends, and the commands on them. */
export function temporaryPlace(applications: readonly Application[] = [PEOPLE, ORDERS]) {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const places = placesOf({
    applications: join(folder, 'applications.json'),
    secrets: join(folder, 'secrets'),
  })
  writeFileSync(places.applications, JSON.stringify(applications, null, 2))

  async function keys(args: string, options: Partial<Context> = {}) {
    const lines: string[] = []
    const errors: string[] = []
    const [command = '', ...rest] = args.split(' ')
    const argv = [command, '--applications', places.applications, '--secrets', places.secrets, ...rest]
    const print = (line: string) => lines.push(line)
    const printError = (line: string) => errors.push(line)
    // Small keys, since large ones take their time.
    const newKeyPair = () => generateKeyPair({ modulusLength: 2048 })
    const status = await runKeys(argv, { print, printError, newKeyPair, ...options })
    return { status, output: lines.join('\n'), errors: errors.join('\n') }
  }

  return { folder, places, keys }
}

/** A temporary place with all its keys and certificates, which are made once for each test file. */
export async function provisionedPlace() {
  const place = temporaryPlace()
  provisioned ??= provisionOnce()
  for (const { path, mode, text } of await provisioned) {
    const file = join(place.places.secrets, path)
    mkdirSync(dirname(file), { recursive: true, mode: FOLDER })
    writeFileSync(file, text, { mode })
  }
  return place
}

let provisioned: ReturnType<typeof provisionOnce> | undefined

async function provisionOnce() {
  const { places, keys } = temporaryPlace()
  await keys('provision')
  const files = readdirSync(places.secrets, { recursive: true, encoding: 'utf8' })
  return files
    .map((path) => ({ path, file: join(places.secrets, path) }))
    .filter(({ file }) => statSync(file).isFile())
    .map(({ path, file }) => ({ path, mode: statSync(file).mode, text: readFileSync(file) }))
}

/** Until the test ends, our clock is ahead of the one that stamps files, as with a network file system. */
export function clockAhead(milliseconds: number): void {
  const now = Date.now
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + milliseconds)
  onTestFinished(() => clock.mockRestore())
}
