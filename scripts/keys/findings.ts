import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Application, loadPrivateKey, privateKeyFile, publicKeyFile, thumbprint } from '@signet/auth'
import { codeOf, isExpected, KEY_FILE_INVALID, messageOf } from './errors.ts'
import { isLeftover } from './files.ts'
import { isKeptHere } from './key-pairs.ts'
import { exists, type Places, shown } from './places.ts'
import { publishedKeys } from './public-keys.ts'

/** Something that is wrong, and what to do about it. */
export type Finding = { fault: string; hint: string }

/** A finding about a file. */
export function finding(file: string, fault: string, hint: string): Finding {
  return { fault: `${shown(file)}: ${fault}`, hint }
}

/** Runs `read`. An expected error becomes a finding, and the result is undefined. Any other error is thrown. */
export function attempt<T>(findings: Finding[], hint: string, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!isExpected(error)) throw error
    // The general hint for key files is to run `check`, which this is a part of.
    findings.push({ fault: codeOf(error) === KEY_FILE_INVALID ? error.message : messageOf(error), hint })
    return undefined
  }
}

/** What is wrong with the key pairs of the applications in the registry. */
export function keyFindings(places: Places, applications: readonly Application[]): Finding[] {
  const owners = new Map<string, Application>()
  return applications.flatMap((application) => {
    const findings: Finding[] = []
    const found = attempt(findings, 'then check again', () =>
      exists(places.revocation(application.appId)) || application.revokedAt
        ? revokedFindings(places, application)
        : pairFindings(places, application, owners),
    )
    return [...findings, ...(found ?? [])]
  })
}

function revokedFindings(places: Places, { appId, name, revokedAt }: Application): Finding[] {
  const revoke = `npm run keys -- revoke ${name}`
  const file = places.publicKey(appId)
  const marker = places.revocation(appId)
  return [
    ...(exists(file) ? [finding(file, `${name} is revoked and still has a public key`, revoke)] : []),
    ...(revokedAt
      ? []
      : [finding(marker, `${name} is revoked, and the application registry does not say so`, revoke)]),
  ]
}

/** `owners` maps the ID of each key that was found so far to its application. */
function pairFindings(places: Places, application: Application, owners: Map<string, Application>): Finding[] {
  const { appId, name } = application
  const file = places.publicKey(appId)
  if (!exists(file)) return [finding(file, 'is missing', 'npm run keys -- provision')]

  const findings: Finding[] = []
  const rotate = `npm run keys -- rotate ${name}`
  const published = attempt(findings, `remove what is wrong from it, then: ${rotate}`, () =>
    publishedKeys(places, appId).map(({ keyId }) => keyId),
  )
  for (const keyId of published ?? []) {
    const owner = owners.get(keyId) ?? application
    owners.set(keyId, owner)
    if (owner !== application)
      findings.push(
        finding(file, `also holds a key of ${owner.name} (${keyId})`, `remove that key, then: ${rotate}`),
      )
  }
  if (published) findings.push(...privateKeyFindings(places, application, published))
  return findings
}

function privateKeyFindings(
  places: Places,
  application: Application,
  published: readonly string[],
): Finding[] {
  const file = places.privateKey(application)
  const rotate = `npm run keys -- rotate ${application.name}`
  if (!exists(file))
    return isKeptHere(places, application) ? [finding(file, 'is missing', `put it back, or: ${rotate}`)] : []

  const findings: Finding[] = []
  const privateKey = attempt(findings, `move it to another place, then: ${rotate}`, () =>
    loadPrivateKey(file),
  )
  if (!privateKey) return findings
  const position = published.indexOf(thumbprint(privateKey))
  if (position === -1) findings.push(finding(file, 'does not belong to the published key', rotate))
  if (position > 0 || exists(places.nextPrivateKey(application)))
    findings.push(finding(file, 'is older than the published key: a rotation is unfinished', rotate))
  return findings
}

/** Files that do not belong into the folder of public keys, or beside the private key of an application. */
export function strayFiles(places: Places, applications: readonly Application[]): Finding[] {
  const expected = new Set(
    applications.flatMap(({ appId }) => [publicKeyFile(appId), basename(places.revocation(appId))]),
  )
  return [
    ...filesIn(places.publicKeys).flatMap((file) =>
      publicFolderFindings(join(places.publicKeys, file), expected.has(file)),
    ),
    ...applications.flatMap((application) => privateFolderFindings(places, application)),
  ]
}

function publicFolderFindings(file: string, isExpectedFile: boolean): Finding[] {
  const findings: Finding[] = []
  const text = attempt(findings, 'make it readable, or remove it', () => readFileSync(file, 'latin1')) ?? ''
  if (text.includes('PRIVATE KEY-----'))
    findings.push(finding(file, 'holds a private key, and is in the folder of public keys', LEAKED))
  else if (!isExpectedFile && !isLeftover(file) && findings.length === 0)
    findings.push(finding(file, 'belongs to no application in the registry', 'remove it'))
  return findings
}

const LEAKED = 'remove it; it may have been read, so rotate that application and retire the old key'

/** An application reads its ID from the name of its private key, so its folder must hold only one. */
function privateFolderFindings(places: Places, { name, appId }: Application): Finding[] {
  const folder = places.folder(name)
  return filesIn(folder)
    .filter((file) => file.endsWith('_private.pem') && file !== privateKeyFile(appId))
    .map((file) => finding(join(folder, file), `is not the private key of ${name}`, 'remove it'))
}

function filesIn(folder: string): string[] {
  return exists(folder) ? readdirSync(folder) : []
}
