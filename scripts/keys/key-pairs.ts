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
import { createFile, FOLDER, PRIVATE, replaceFile, updateFile } from './files.ts'
import { makeFolder } from './ownership.ts'
import { exists, type Places, shown } from './places.ts'
import { type KeyHolders, publicBlock, publishedKeys, refuseForeignKey } from './public-keys.ts'
import { refuseMarked } from './revocation.ts'

/**
 * Makes the missing parts of an application's key pair. `onMade` is called with each file and the key's ID. The private key
 * comes first, and the public key is always derived from the private key on the disk. So two runs at once make one pair, and
 * the next run completes an interrupted one.
 *
 * Throws {@link RefusedError} when the two keys do not belong together, the private key is lost, the key belongs to
 * another application, or the application is revoked.
 */
export async function provisionKeyPair(
  places: Places,
  application: Application,
  { now, newKeyPair, holders, onMade }: Options,
): Promise<void> {
  const { appId, name } = application
  const privateFile = places.privateKey(application)
  const publicFile = places.publicKey(appId)
  const isPublished = exists(publicFile)
  let isNew = false
  for (const { keyId } of publishedKeys(places, appId)) refuseForeignKey(holders, keyId, publicFile)

  if (!exists(privateFile)) {
    if (isPublished && !isKeptHere(places, application)) return
    if (isPublished)
      throw new RefusedError(
        `${shown(privateFile)}: is missing, and its public key is published. If the private key was moved to another machine, remove the folder. If it is lost: npm run keys -- rotate ${name}`,
      )
    makeFolder(places.folder(name), FOLDER)
    const { privateKey } = await newKeyPair()
    isNew = createFile(privateFile, pemOf(privateKey), PRIVATE)
  }

  const key = createPublicKey(loadPrivateKey(privateFile))
  const keyId = thumbprint(key)
  if (isNew) onMade(privateFile, keyId)
  refuseForeignKey(holders, keyId, publicFile)
  // Before any wait: other applications are provisioned at the same time.
  holders.set(keyId, [publicFile])
  makeFolder(places.publicKeys, FOLDER)
  refuseMarked(places, application)
  if (
    !isPublished &&
    (await publishFirstKey(places, application, publicBlock(key, new Date(now).toISOString())))
  )
    onMade(publicFile, keyId)
  if (!publishedKeys(places, appId).some((published) => published.keyId === keyId))
    throw new RefusedError(
      `${shown(publicFile)}: does not hold the key of ${shown(privateFile)}. For a new pair: npm run keys -- rotate ${name}`,
    )
}

/** Under the lock, `revoke` cannot remove the key between the look at the marker and the publication. */
async function publishFirstKey(places: Places, application: Application, block: string): Promise<boolean> {
  const file = places.publicKey(application.appId)
  let isNew = false
  await updateFile(file, (text) => {
    refuseMarked(places, application)
    isNew = !exists(file)
    return isNew ? block : text
  })
  return isNew
}

type Options = {
  now: number
  newKeyPair: typeof generateKeyPair
  holders: KeyHolders
  onMade: (file: string, keyId: string) => void
}

/** Whether the private key of an application belongs here. Without its folder, only its public key was registered. */
export function isKeptHere(places: Places, application: Application): boolean {
  return exists(places.folder(application.name))
}

/**
 * The key pair that an application will have after its rotation. Its private key is in a file of its own until then, so that
 * two rotations at once, or an interrupted one that is run again, use the same pair.
 */
export async function prepareNextKeyPair(
  places: Places,
  application: Application,
  newKeyPair: typeof generateKeyPair,
): Promise<PublicKey> {
  const file = places.nextPrivateKey(application)
  if (!exists(file)) {
    const { privateKey } = await newKeyPair()
    createFile(file, pemOf(privateKey), PRIVATE)
  }
  const key = createPublicKey(loadPrivateKey(file))
  return { key, keyId: thumbprint(key) }
}

/** Throws {@link RefusedError} if another private key is prepared by now than that of `keyId`: another rotation is under way. */
export function refuseOtherNextKey(places: Places, application: Application, keyId: string): void {
  const file = places.nextPrivateKey(application)
  if (!exists(file) || thumbprint(loadPrivateKey(file)) !== keyId)
    throw new RefusedError(
      `${application.name}: another rotation completed meanwhile. To rotate once more: npm run keys -- rotate ${application.name}`,
    )
}

/**
 * Replaces the private key of an application by the one that was prepared. The file is written again and not renamed, so that
 * its time says when the application began to sign with the key. Returns false if another run did this already.
 *
 * Throws {@link RefusedError} if the public key was removed, or another private key is prepared: that of a later rotation,
 * whose public key no API process may have read yet. The lock keeps other rotations out between the look and the change.
 */
export async function takeNextKeyPair(
  places: Places,
  application: Application,
  keyId: string,
): Promise<boolean> {
  const { appId, name } = application
  let isTaken = false
  await updateFile(places.publicKey(appId), (text) => {
    if (!publishedKeys(places, appId).some((published) => published.keyId === keyId))
      throw new RefusedError(
        `${name}: its new public key was removed meanwhile. It still signs with the old key.`,
      )
    if (signsWith(places, application, keyId) && !exists(places.nextPrivateKey(application))) return text
    refuseOtherNextKey(places, application, keyId)
    const next = places.nextPrivateKey(application)
    replaceFile(places.privateKey(application), pemOf(loadPrivateKey(next)), PRIVATE)
    rmSync(next, { force: true })
    isTaken = true
    return text
  })
  return isTaken
}

function signsWith(places: Places, application: Application, keyId: string): boolean {
  const file = places.privateKey(application)
  return exists(file) && thumbprint(loadPrivateKey(file)) === keyId
}

function pemOf(privateKey: PublicKey['key']): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
