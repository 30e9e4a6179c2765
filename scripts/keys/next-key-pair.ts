import { createPublicKey } from 'node:crypto'
import { rmSync } from 'node:fs'
import {
  type Application,
  type generateKeyPair,
  loadPrivateKey,
  type PublicKey,
  thumbprint,
} from '@signet/auth'
import { isThere } from './file-state.ts'
import type { Places } from './places.ts'
import { createFile, PRIVATE, replaceFile } from './write-file.ts'

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
