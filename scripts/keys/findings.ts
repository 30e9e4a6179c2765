import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  type Application,
  KeyFileError,
  loadPrivateKey,
  privateKeyFile,
  publicKeyFile,
  thumbprint,
} from '@signet/auth'
import { isExpected, messageOf } from './errors.ts'
import { isLeftover } from './files.ts'
import { isKeptHere } from './key-pairs.ts'
import type { Places } from './places.ts'
import { isThere, shown } from './places.ts'
import { publishedKeys } from './public-keys.ts'

/** What is wrong with the key pairs of the applications on the application registry. */
export function keyFindings(places: Places, applications: readonly Application[]): Finding[] {
  const owners = new Map<string, Application>()
  return applications.flatMap((application) => {
    const findings: Finding[] = []
    const found = attempt(findings, 'then check again', () =>
      isThere(places.revocation(application.appId)) || application.revokedAt
        ? ofRevoked(places, application)
        : ofApplication(places, application, owners),
    )
    return [...findings, ...(found ?? [])]
  })
}

function ofRevoked(places: Places, { appId, name, revokedAt }: Application): Finding[] {
  const revoke = `npm run keys -- revoke ${name}`
  const file = places.publicKey(appId)
  const findings: Finding[] = []
  if (isThere(file)) findings.push(finding(file, `${name} is revoked and still has a public key`, revoke))
  if (!revokedAt)
    findings.push(
      finding(
        places.revocation(appId),
        `${name} is revoked, and the application registry does not say so`,
        revoke,
      ),
    )
  return findings
}

function ofApplication(
  places: Places,
  application: Application,
  owners: Map<string, Application>,
): Finding[] {
  const { appId, name } = application
  const file = places.publicKey(appId)
  if (!isThere(file)) return [finding(file, 'is missing', 'npm run keys -- provision')]

  const findings: Finding[] = []
  const published = attempt(
    findings,
    `take out what is wrong in it, then: npm run keys -- rotate ${name}`,
    () => publishedKeys(places, appId),
  )
  for (const { keyId } of published ?? []) {
    const owner = owners.get(keyId) ?? application
    owners.set(keyId, owner)
    if (owner !== application)
      findings.push(
        finding(
          file,
          `holds a key of ${owner.name}, too (${keyId})`,
          `take it out, then: npm run keys -- rotate ${name}`,
        ),
      )
  }
  if (published)
    findings.push(
      ...ofPrivateKey(
        places,
        application,
        published.map(({ keyId }) => keyId),
      ),
    )
  return findings
}

function ofPrivateKey(places: Places, application: Application, published: readonly string[]): Finding[] {
  const file = places.privateKey(application)
  const rotate = `npm run keys -- rotate ${application.name}`
  if (!isThere(file))
    return isKeptHere(places, application) ? [finding(file, 'is missing', `put it back, or: ${rotate}`)] : []

  const findings: Finding[] = []
  const privateKey = attempt(findings, `move it away, then: ${rotate}`, () => loadPrivateKey(file))
  if (!privateKey) return findings
  const position = published.indexOf(thumbprint(privateKey))
  if (position === -1) findings.push(finding(file, 'does not belong to the published key', rotate))
  if (position > 0 || isThere(places.nextPrivateKey(application)))
    findings.push(finding(file, 'is older than the published key: a rotation is unfinished', rotate))
  return findings
}

/** Files that have no business where they are: in the folder of public keys, and beside an application's private key. */
export function strayFiles(places: Places, applications: readonly Application[]): Finding[] {
  const expected = new Set(
    applications.flatMap(({ appId }) => [publicKeyFile(appId), basename(places.revocation(appId))]),
  )
  return [
    ...filesIn(places.publicKeys).flatMap((file) =>
      ofPublicFolder(join(places.publicKeys, file), expected.has(file)),
    ),
    ...applications.flatMap((application) => ofPrivateFolder(places.folder(application.name), application)),
  ]
}

function ofPublicFolder(file: string, isExpected: boolean): Finding[] {
  const findings: Finding[] = []
  const text = attempt(findings, 'make it readable, or remove it', () => readFileSync(file, 'latin1')) ?? ''
  if (text.includes('PRIVATE KEY-----'))
    findings.push(finding(file, 'holds a private key, in the folder of the public ones', LEAKED))
  else if (!isExpected && !isLeftover(file) && findings.length === 0)
    findings.push(finding(file, 'belongs to no application on the application registry', 'remove it'))
  return findings
}

/** An application takes its ID from the name of its private key, so there must be one. */
function ofPrivateFolder(folder: string, { name, appId }: Application): Finding[] {
  return filesIn(folder)
    .filter((file) => file.endsWith('_private.pem') && file !== privateKeyFile(appId))
    .map((file) => finding(join(folder, file), `is not the private key of ${name}`, 'remove it'))
}

function filesIn(folder: string): string[] {
  return isThere(folder) ? readdirSync(folder) : []
}

const LEAKED = 'remove it; it may have been read, so rotate that application and retire the old key'

/** Something that is not as it should be, and what mends it. */
export type Finding = { fault: string; mend: string }

/** A finding about a file. */
export function finding(file: string, fault: string, mend: string): Finding {
  return { fault: `${shown(file)}: ${fault}`, mend }
}

/** Reads something. If that fails as files do, the failure is a finding, and the answer undefined. */
export function attempt<T>(findings: Finding[], mend: string, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!isExpected(error)) throw error
    findings.push({ fault: error instanceof KeyFileError ? error.message : messageOf(error), mend })
    return undefined
  }
}
