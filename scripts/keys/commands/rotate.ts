import { setTimeout } from 'node:timers/promises'
import { type Application, LEEWAY, MAXIMUM_LIFETIME, type PublicKey } from '@signet/auth'
import { type Context, command, readSeconds } from '../command.ts'
import { RefusedError } from '../errors.ts'
import { refuseUnwritable } from '../files.ts'
import { isKeptHere, prepareNextKeyPair, refuseOtherNextKey, takeNextKeyPair } from '../key-pairs.ts'
import { exists, shown, statsOf } from '../places.ts'
import { publishedKeys, publishKey, readRegisteredKey, refuseFull } from '../public-keys.ts'
import { findApplication, refuseRevoked } from '../registry.ts'
import { readRegistry } from '../revocation.ts'

export const rotate = command({
  usage: 'rotate APP [--settle SECONDS] [--public-key FILE]',
  summary: 'Give an application a new key pair, without a refused request',
  help: `Publishes the new public key above the old one, waits, then replaces the private key. The old key stays
valid until it is retired. An interrupted rotation continues where it stopped when you run it again.

  --settle SECONDS   how long it takes until every API process has read a new key: 2 here (the default),
                     minutes if secrets are copied to other machines
  --public-key FILE  for an application that makes its key pairs itself: its new public key`,
  options: { settle: { type: 'string', default: '2' }, 'public-key': { type: 'string' } },
  words: { least: 1, most: 1 },
  run: async (context, [nameOrId = ''], { settle, 'public-key': file }) => {
    const seconds = readSeconds('settle', settle)
    const application = findApplication(readRegistry(context.places), nameOrId)
    refuseRevoked(application)
    if (file === undefined) await rotateHere(context, application, seconds)
    else await rotateElsewhere(context, application, readRegisteredKey(file))
    const wait = MAXIMUM_LIFETIME + LEEWAY
    context.print(`Next, ${wait} s later or more: npm run keys -- retire ${application.name}`)
    return 0
  },
})

async function rotateHere(context: Context, application: Application, settle: number): Promise<void> {
  const { places, print, record, now, newKeyPair } = context
  const { appId, name } = application
  if (!isKeptHere(places, application)) {
    throw new RefusedError(
      `${name}: its private key is not kept here. Give its new public key with --public-key FILE.`,
    )
  }
  const published = statsOf(places.publicKey(appId))
  if (!published) throw new RefusedError(`${name}: has no key yet. First: npm run keys -- provision`)
  if (published.size === 0) throw new RefusedError(`${shown(places.publicKey(appId))}: ${IS_EMPTY} ${name}`)
  refuseUnwritable(places.publicKey(appId), places.privateKey(application))
  // If the next private key exists already, its public key may be published, which needs no more room.
  if (!exists(places.nextPrivateKey(application)))
    refuseFull(places, application, publishedKeys(places, appId), now())
  const next = await prepareNextKeyPair(places, application, newKeyPair)
  const refuseReplaced = () => refuseOtherNextKey(places, application, next.keyId)
  if (await publishKey(places, application, next, now(), refuseReplaced))
    record({ change: 'published', application, keyId: next.keyId })
  // deploy/kubernetes/rotate.sh waits for this line.
  print(`published ${next.keyId} in ${shown(places.publicKey(appId))}`)
  print(`waiting ${settle} s until every API process has read it`)
  await setTimeout(settle * 1000)
  if (await takeNextKeyPair(places, application, next.keyId))
    record({ change: 'signs with', application, keyId: next.keyId })
  print(`${name} signs with it from now on (${shown(places.privateKey(application))})`)
}

async function rotateElsewhere(
  { places, print, record, now }: Context,
  application: Application,
  key: PublicKey,
): Promise<void> {
  const privateKey = places.privateKey(application)
  if (exists(privateKey))
    throw new RefusedError(
      `${shown(privateKey)}: this private key is kept here. Rotate without --public-key.`,
    )
  if (await publishKey(places, application, key, now()))
    record({ change: 'published', application, keyId: key.keyId })
  print(`published ${key.keyId} in ${shown(places.publicKey(application.appId))}`)
  print(
    `${application.name} may sign with its new private key as soon as every API process has read the public key`,
  )
}

const IS_EMPTY =
  'is empty. A revocation leaves it so if it can write no other file. If the application should not be revoked, remove the file, then: npm run keys -- provision. To complete the revocation: npm run keys -- revoke'
