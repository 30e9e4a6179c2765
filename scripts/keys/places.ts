import { type Stats, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type Application, privateKeyFile, publicKeyFile } from '@signet/auth'
import { RefusedError } from './errors.ts'

/** The servers that get a certificate. */
export const SERVICES = ['api', 'app-one', 'app-two', 'edge'] as const

/** Where everything stands that provisioning makes. */
export type Places = ReturnType<typeof placesOf>

/** The repository's own application registry and secrets, unless others are named. Paths come out absolute. */
export function placesOf({
  applications = join(ROOT, 'applications.json'),
  secrets = join(ROOT, 'secrets'),
} = {}) {
  const root = resolve(secrets)
  const publicKeys = join(root, 'api', 'public-keys')
  const privateKey = ({ name, appId }: Application) => join(root, name, privateKeyFile(appId))
  return {
    applications: resolve(applications),
    secrets: root,
    history: join(root, 'history.jsonl'),
    caCertificate: join(root, 'ca.pem'),
    caKey: join(root, 'ca.key'),
    folder: (name: string) => join(root, name),
    serverCertificate: (service: string) => join(root, service, 'server.pem'),
    serverKey: (service: string) => join(root, service, 'server.key'),
    handedOutCa: (service: string) => join(root, service, 'ca.pem'),
    publicKeys,
    publicKey: (appId: string) => join(publicKeys, publicKeyFile(appId)),
    /** There when the application is revoked. The API does not read it. */
    revocation: (appId: string) => join(publicKeys, `${appId}_revoked`),
    privateKey,
    /** The private key of a rotation that is under way. Its name keeps the application from loading it. */
    nextPrivateKey: (application: Application) => `${privateKey(application)}.next`,
  }
}

/** A path as a person reads it: relative to where the command runs, if that is shorter. */
export function shown(path: string): string {
  const short = relative('.', path)
  return short.startsWith('..') ? path : short
}

const ROOT = join(import.meta.dirname, '../..')

/** Whether something is at a path. Throws {@link RefusedError} when that cannot be known: unreadable is not missing. */
export function isThere(path: string): boolean {
  return statsOf(path) !== undefined
}

/** What is at a path; undefined if nothing. Throws {@link RefusedError} when that cannot be known. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const fix = code === 'EACCES' ? ` Run this as ${ownerOfClosed(path)}, or as root.` : ''
    throw new RefusedError(`${shown(path)}: cannot be looked at, so it may be there (${code}).${fix}`, {
      cause: error,
    })
  }
}

/** The nearest folder above that can be looked at is the one that may not be entered. */
function ownerOfClosed(path: string): string {
  try {
    const { uid } = statSync(dirname(path))
    return `uid ${uid}, the owner of ${shown(dirname(path))}`
  } catch {
    return ownerOfClosed(dirname(path))
  }
}
