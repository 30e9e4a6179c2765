import { randomBytes } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { provisionCertificates } from '../certificates.ts'
import type { Change } from '../command.ts'
import { type Context, command } from '../command.ts'
import { codeOf, isExpected, messageOf, RefusedError } from '../errors.ts'
import { wrongModes } from '../file-access.ts'
import { createFile, removeLeftovers } from '../files.ts'
import { provisionKeyPair } from '../key-pairs.ts'
import { type Places, shown } from '../places.ts'
import { readKeyHolders } from '../public-keys.ts'
import { readRegistry } from '../revocation.ts'

export const provision = command({
  usage: 'provision [--database-password FILE]',
  summary: 'Make every key and certificate that is missing, and renew certificates near their end',
  help: `Safe to run at any time, also twice at once. Valid keys and certificates stay as they are.
A server certificate that another CA issued is never replaced.
A revoked application gets no keys. Wrong file modes are corrected.

  --database-password FILE  also write a random password into this file, if it is missing; its group may
                            read it, since the database runs as another user`,
  options: { 'database-password': { type: 'string' } },
  words: { least: 0, most: 0 },
  run: (context, _words, { 'database-password': passwordFile }) => provisionAll(context, passwordFile),
})

async function provisionAll(
  { places, now, newKeyPair, print, record }: Context,
  passwordFile: string | undefined,
): Promise<number> {
  let changes = 0
  const onMade = (file: string) => report(`made ${shown(file)}`)
  const applications = [...readRegistry(places).values()].filter(({ revokedAt }) => !revokedAt)

  await provisionCertificates(places, { now: now(), onMade, warn: print })
  if (passwordFile !== undefined && createFile(passwordFile, makePassword(), 0o640)) onMade(passwordFile)
  const holders = readKeyHolders(places)
  const pairs = await Promise.allSettled(
    applications.map((application) =>
      provisionKeyPair(places, application, {
        now: now(),
        newKeyPair,
        holders,
        onMade: (file, keyId) => report(`made ${shown(file)}`, { application, keyId }),
      }),
    ),
  )
  correctModes(places, report)
  for (const file of removeLeftovers(places.secrets))
    report(`removed ${shown(file)}, which an interrupted write left`)

  // An error of one application does not stop the others. It is reported at the end.
  refuse(pairs.flatMap((pair) => (pair.status === 'rejected' ? [pair.reason] : [])))
  if (changes === 0) print('nothing to do')
  return 0

  function report(line: string, about: Omit<Change, 'change'> = {}) {
    changes++
    print(line)
    record({ change: line, ...about })
  }
}

/** 256 bits, in characters that need no quotes in a shell or a URL. */
function makePassword(): string {
  return randomBytes(32).toString('base64url')
}

function correctModes({ secrets }: Places, report: (line: string) => void): void {
  const wrong = wrongModes(secrets, (fault) => {
    throw fault
  })
  for (const { path, mode, expected } of wrong) {
    try {
      chmodSync(path, expected)
    } catch (cause) {
      if (codeOf(cause) !== 'EPERM') throw cause
      throw new RefusedError(`${shown(path)}: its mode stays ${mode.toString(8)}. ${CANNOT_CHANGE}`, {
        cause,
      })
    }
    report(`mode of ${shown(path)} is now ${expected.toString(8)}, was ${mode.toString(8)}`)
  }
}

const CANNOT_CHANGE =
  'Run this as its owner or as root. A file system that keeps no modes (FAT) must be mounted with umask=077.'

function refuse(faults: Error[]): void {
  const unexpected = faults.find((fault) => !isExpected(fault))
  if (unexpected) throw unexpected
  if (faults.length > 0) throw new RefusedError(faults.map(messageOf).join('\n'))
}
