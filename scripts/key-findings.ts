import { existsSync } from 'node:fs'
import { type Application, loadPrivateKey, thumbprint } from '@signet/auth'
import { attempt, type Finding, finding } from './finding.ts'
import type { Places } from './places.ts'
import { isKeptHere } from './provision-key-pair.ts'
import { publishedKeys } from './published-keys.ts'

/** What is wrong with the key pairs of the applications on the guest list. */
export function keyFindings(places: Places, applications: readonly Application[]): Finding[] {
  const owners = new Map<string, Application>()
  return applications.flatMap((application) =>
    application.revokedAt ? ofRevoked(places, application) : ofGuest(places, application, owners),
  )
}

function ofRevoked(places: Places, { appId, name }: Application): Finding[] {
  const file = places.publicKey(appId)
  if (!existsSync(file)) return []
  return [finding(file, `${name} is revoked and still has a public key`, `npm run keys -- revoke ${name}`)]
}

function ofGuest(places: Places, application: Application, owners: Map<string, Application>): Finding[] {
  const { appId, name } = application
  const file = places.publicKey(appId)
  if (!existsSync(file)) return [finding(file, 'is missing', 'npm run keys -- provision')]

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
  if (!existsSync(file))
    return isKeptHere(places, application) ? [finding(file, 'is missing', `put it back, or: ${rotate}`)] : []

  const findings: Finding[] = []
  const privateKey = attempt(findings, `move it away, then: ${rotate}`, () => loadPrivateKey(file))
  if (!privateKey) return findings
  const position = published.indexOf(thumbprint(privateKey))
  if (position === -1) findings.push(finding(file, 'does not belong to the published key', rotate))
  if (position > 0 || existsSync(places.nextPrivateKey(application)))
    findings.push(finding(file, 'is older than the published key: a rotation is unfinished', rotate))
  return findings
}
