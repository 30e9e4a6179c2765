import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Application, privateKeyFile, publicKeyFile } from '@signet/auth'
import { isThere } from './file-state.ts'
import { attempt, type Finding, finding } from './finding.ts'
import type { Places } from './places.ts'
import { isLeftover } from './write-file.ts'

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
