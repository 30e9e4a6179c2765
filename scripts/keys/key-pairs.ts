import { createPublicKey } from 'node:crypto'
import { rmSync } from 'node:fs'
import {
  type Application,
  type generateKeyPair,
  loadPrivateKey,
  type PublicKey,
  thumbprint,
} from '@signet/auth'
import { RefusedError } from './errors.ts'
import { createFile, FOLDER, PRIVATE, PUBLIC, replaceFile } from './files.ts'
import { makeFolder } from './ownership.ts'
import { isThere, type Places, shown } from './places.ts'
import { type KeyHolders, publicBlock, publishedKeys, refuseForeignKey } from './public-keys.ts'
import { refuseRevokedOnDisk } from './revocation.ts'

/**
 * Makes what is missing of an application's key pair; `onMade` is called with each file and the key's ID. The private key comes first and
 * the public one is always derived from the file that stands: so two runs at once end up with one pair, and a run that
 * was cut short is healed by the next.
 *
 * Throws {@link RefusedError} when the two halves do not belong together, the private one is lost, the key is
 * another application's, or the application is revoked.
 */
export async function provisionKeyPair(
  places: Places,
  application: Application,
  { now, newKeyPair, holders, onMade }: Options,
): Promise<void> {
  const { appId, name } = application
  const privateFile = places.privateKey(application)
  const publicFile = places.publicKey(appId)
  const isPublished = isThere(publicFile)
  let isNew = false
  for (const { keyId } of publishedKeys(places, appId)) refuseForeignKey(holders, keyId, publicFile)

  if (!isThere(privateFile)) {
    if (isPublished && !isKeptHere(places, application)) return
    if (isPublished)
      throw new RefusedError(
        `${shown(privateFile)}: is missing, and its public key is published. ${isLost(name)}`,
      )
    makeFolder(places.folder(name), FOLDER)
    const { privateKey } = await newKeyPair()
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    isNew = createFile(privateFile, pem, PRIVATE)
  }

  const key = createPublicKey(loadPrivateKey(privateFile))
  const keyId = thumbprint(key)
  if (isNew) onMade(privateFile, keyId)
  refuseForeignKey(holders, keyId, publicFile)
  makeFolder(places.publicKeys, FOLDER)
  const text = publicBlock(key, new Date(now).toISOString())
  refuseRevokedOnDisk(places, application)
  if (!isPublished && createFile(publicFile, text, PUBLIC)) onMade(publicFile, keyId)
  holders.set(keyId, [publicFile])
  if (!publishedKeys(places, appId).some((published) => published.keyId === keyId))
    throw new RefusedError(
      `${shown(publicFile)}: does not hold the key of ${shown(privateFile)}. For a new pair: npm run keys -- rotate ${name}`,
    )
}

type Options = {
  now: number
  newKeyPair: typeof generateKeyPair
  holders: KeyHolders
  onMade: (file: string, keyId: string) => void
}

/** An application without a folder here has its key pair elsewhere, and only its public key was registered. */
export function isKeptHere(places: Places, application: Application): boolean {
  return isThere(places.folder(application.name))
}

const isLost = (name: string) =>
  `If it was moved to another machine, remove the folder; if it is lost: npm run keys -- rotate ${name}`

/**
 * The key pair that an application will have when its rotation is done. Its private key waits in a file of its own, so
 * that a rotation which was cut short goes on with the same pair, and of two at once both.
 */
export async function prepareNextKeyPair(
  places: Places,
  application: Application,
  newKeyPair: typeof generateKeyPair,
): Promise<PublicKey> {
  const file = places.nextPrivateKey(application)
  if (!isThere(file)) {
    const { privateKey } = await newKeyPair()
    createFile(file, pemOf(privateKey), PRIVATE)
  }
  const key = createPublicKey(loadPrivateKey(file))
  return { key, keyId: thumbprint(key) }
}

/**
 * Makes the waiting private key the one that signs. It is written anew instead of moved: so the file's time says when
 * the application began to sign with it. Nothing is done when another run did it meanwhile; answers whether it was this.
 */
export function takeNextKeyPair(places: Places, application: Application): boolean {
  const file = places.nextPrivateKey(application)
  if (!isThere(file)) return false
  replaceFile(places.privateKey(application), pemOf(loadPrivateKey(file)), PRIVATE)
  rmSync(file, { force: true })
  return true
}

function pemOf(privateKey: PublicKey['key']): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
