import { randomBytes } from 'node:crypto'
import { APPLICATION_NAME, type Application, RESERVED_NAMES } from '@signet/auth'
import { type Context, command, readPermissions } from '../command.ts'
import { RefusedError, UsageError } from '../errors.ts'
import { FOLDER, refuseUnwritable } from '../files.ts'
import { isKeptHere, provisionKeyPair } from '../key-pairs.ts'
import { makeFolder } from '../ownership.ts'
import { shown } from '../places.ts'
import { publishKey, readKeyHolders, readRegisteredKey, removePublishedKeys } from '../public-keys.ts'
import { addToRegistry } from '../registry.ts'
import type { Change } from './history.ts'

export const add = command({
  usage: 'add NAME PERMISSION… [--public-key FILE]',
  summary: 'Put an application on the application registry and give it a key pair',
  help: `A permission is a subject and an action, such as orders:read, or "*" for everything.
The API takes the new application in within a second, without a restart.

  --public-key FILE  the application made its key pair elsewhere, and this is the public key:
                     no private key comes to stand here`,
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

/** First the list: if this is cut short, `provision` makes the keys. */
async function addHere(
  { places, now, newKeyPair, print, record }: Context,
  application: Application,
): Promise<number> {
  refuseUnwritable(places.privateKey(application), places.publicKey(application.appId))
  await addToRegistry(places.applications, application)
  record(addition(application))
  print(`${application.name} is on the application registry as ${application.appId}`)
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

/** First the key: if this is cut short, a public key lies there that nobody on the list owns, and `provision` makes none. */
async function addElsewhere(
  { places, now, print, record }: Context,
  application: Application,
  file: string,
): Promise<number> {
  const { appId, name } = application
  const key = readRegisteredKey(file)
  if (isKeptHere(places, application))
    throw new RefusedError(
      `${shown(places.folder(name))}: is a folder for a private key kept here. Choose another name.`,
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
  print(`${name} is on the application registry as ${appId}`)
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
