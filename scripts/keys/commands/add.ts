import { randomBytes } from 'node:crypto'
import { APPLICATION_NAME, type Application, RESERVED_NAMES } from '@signet/auth'
import type { Change } from '../command.ts'
import { type Context, command, readPermissions } from '../command.ts'
import { RefusedError, UsageError } from '../errors.ts'
import { FOLDER, refuseUnwritable } from '../files.ts'
import { isKeptHere, provisionKeyPair } from '../key-pairs.ts'
import { makeFolder } from '../ownership.ts'
import { shown } from '../places.ts'
import { publishKey, readKeyHolders, readRegisteredKey, removePublishedKeys } from '../public-keys.ts'
import { addToRegistry } from '../registry.ts'

export const add = command({
  usage: 'add NAME PERMISSION… [--public-key FILE]',
  summary: 'Add an application to the registry and give it a key pair',
  help: `A permission is a subject and an action, such as orders:read, or "*" for everything.
The API accepts the new application within a second, without a restart.

  --public-key FILE  for an application that made its key pair itself: its public key. No private key
                     is made here`,
  options: { 'public-key': { type: 'string' } },
  words: { least: 2, most: 50 },
  run: (context, [name = '', ...words], { 'public-key': publicKey }) => {
    validateName(name)
    const application = { appId: randomBytes(8).toString('hex'), name, permissions: readPermissions(words) }
    return publicKey === undefined
      ? addHere(context, application)
      : addElsewhere(context, application, publicKey)
  },
})

/** The registry is written first: if the command is interrupted, `provision` makes the keys. */
async function addHere(
  { places, now, newKeyPair, print, record }: Context,
  application: Application,
): Promise<number> {
  refuseUnwritable(places.privateKey(application), places.publicKey(application.appId))
  await addToRegistry(places.applications, application)
  record(addition(application))
  print(`${application.name} is in the application registry as ${application.appId}`)
  await provisionKeyPair(places, application, {
    now: now(),
    newKeyPair,
    holders: readKeyHolders(places),
    onMade: (file, keyId) => {
      print(`made ${shown(file)}`)
      record({ change: `made ${shown(file)}`, application, keyId })
    },
  })
  return 0
}

/**
 * The key is published first. If the command is interrupted, the public key belongs to no application, and `check` finds
 * it. If the registry were written first, `provision` would make a key pair for the application.
 */
async function addElsewhere(
  { places, now, print, record }: Context,
  application: Application,
  file: string,
): Promise<number> {
  const { appId, name } = application
  const key = readRegisteredKey(file)
  if (isKeptHere(places, application))
    throw new RefusedError(
      `${shown(places.folder(name))}: is the folder of a private key that is kept here. Choose another name.`,
    )
  makeFolder(places.publicKeys, FOLDER)
  await publishKey(places, application, key, now())
  try {
    await addToRegistry(places.applications, application)
  } catch (error) {
    removePublishedKeys(places, appId)
    throw error
  }
  record(addition(application))
  record({ change: `made ${shown(places.publicKey(appId))}`, application, keyId: key.keyId })
  print(`${name} is in the application registry as ${appId}`)
  print(`made ${shown(places.publicKey(appId))}`)
  print(`It must sign with appId "${appId}" and the private key of ${key.keyId}.`)
  return 0
}

function addition(application: Application): Change {
  return { change: `added, with ${application.permissions.join(', ')}`, application }
}

function validateName(name: string): void {
  if (!APPLICATION_NAME.test(name))
    throw new UsageError(`The name "${name}" does not match ${APPLICATION_NAME.source}.`)
  if (RESERVED_NAMES.includes(name))
    throw new UsageError(`The name "${name}" is reserved (${RESERVED_NAMES.join(', ')}).`)
}
