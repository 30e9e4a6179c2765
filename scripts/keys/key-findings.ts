import { type Application, loadPrivateKey, thumbprint } from '@signet/auth'
import { isThere } from './file-state.ts'
import { attempt, type Finding, finding } from './finding.ts'
import { isKeptHere } from './key-pairs.ts'
import type { Places } from './places.ts'
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
