import { setTimeout } from 'node:timers/promises'
import { type Application, LEEWAY, MAXIMUM_LIFETIME, type PublicKey } from '@signet/auth'
import { type Context, command, readSeconds } from '../command.ts'
import { RefusedError } from '../errors.ts'
import { refuseUnwritable } from '../files.ts'
import { isKeptHere, prepareNextKeyPair, takeNextKeyPair } from '../key-pairs.ts'
import { isThere, shown, statsOf } from '../places.ts'
import { publishedKeys, publishKey, readRegisteredKey, refuseFull } from '../public-keys.ts'
import { findApplication, refuseRevoked } from '../registry.ts'
import { readRegistry } from '../revocation.ts'

export const rotate = command({
  usage: 'rotate APP [--settle SECONDS] [--public-key FILE]',
  summary: 'Give an application a new key pair, without a refused request',
  help: `Publishes the new public key above the old one, waits, then replaces the private key. The old key stays
good until it is retired. A rotation that was cut short goes on where it stopped: run it again.

  --settle SECONDS   how long every API process may take to see a new key: 2 here (the default),
                     minutes where secrets are synced to other machines
  --public-key FILE  for an application that makes its key pairs elsewhere: its new public key`,
  options: { settle: { type: 'string', default: '2' }, 'public-key': { type: 'string' } },
  words: { least: 1, most: 1 },
  run: async (context, [nameOrId = ''], { settle, 'public-key': file }) => {
    const seconds = readSeconds('settle', settle)
    const application = findApplication(readRegistry(context.places), nameOrId)
    refuseRevoked(application)
    if (file === undefined) await rotateHere(context, application, seconds)
    else await rotateElsewhere(context, application, readRegisteredKey(file))
    const wait = MAXIMUM_LIFETIME + LEEWAY
    context.print(`Next, not before ${wait} s from then: npm run keys -- retire ${application.name}`)
    return 0
  },
})

async function rotateHere(context: Context, application: Application, settle: number): Promise<void> {
  const { places, print, record, now, newKeyPair } = context
  const { appId, name } = application
  if (!isKeptHere(places, application)) {
    throw new RefusedError(
      `${name}: makes its key pairs elsewhere. Hand in its new public key with --public-key FILE.`,
    )
  }
  const published = statsOf(places.publicKey(appId))
  if (!published) throw new RefusedError(`${name}: has no key yet. First: npm run keys -- provision`)
  if (published.size === 0) throw new RefusedError(`${shown(places.publicKey(appId))}: ${IS_EMPTY} ${name}`)
  refuseUnwritable(places.publicKey(appId), places.privateKey(application))
  // One that waits already may be published: then this rotation was cut short, and needs no more room.
  if (!isThere(places.nextPrivateKey(application)))
    refuseFull(places, application, publishedKeys(places, appId), now())
  const next = await prepareNextKeyPair(places, application, newKeyPair)
  if (await publishKey(places, application, next, now()))
    record({ change: 'published', application, keyId: next.keyId })
  print(`published ${next.keyId} in ${shown(places.publicKey(appId))}`)
  print(`waiting ${settle} s until every API process has seen it`)
  await setTimeout(settle * 1000)
  // An application that signs with a key nobody knows is locked out.
  if (!publishedKeys(places, appId).some(({ keyId }) => keyId === next.keyId))
    throw new RefusedError(
      `${name}: its new public key was taken away meanwhile. It signs with the old key still.`,
    )
  if (takeNextKeyPair(places, application)) record({ change: 'signs with', application, keyId: next.keyId })
  print(`${name} signs with it from now on (${shown(places.privateKey(application))})`)
}

async function rotateElsewhere(
  { places, print, record, now }: Context,
  application: Application,
  key: PublicKey,
): Promise<void> {
  const privateKey = places.privateKey(application)
  if (isThere(privateKey))
    throw new RefusedError(
      `${shown(privateKey)}: this private key is kept here. Rotate without --public-key.`,
    )
  if (await publishKey(places, application, key, now()))
    record({ change: 'published', application, keyId: key.keyId })
  print(`published ${key.keyId} in ${shown(places.publicKey(application.appId))}`)
  print(`${application.name} may sign with its new private key once every API process has seen it`)
}

const IS_EMPTY =
  'is empty, as a revocation leaves it that could write nothing else. If the application is not to be revoked, remove the file, then: npm run keys -- provision. To finish a revocation: npm run keys -- revoke'
