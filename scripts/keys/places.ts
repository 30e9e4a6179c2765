import { type Stats, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { type Application, privateKeyFile, publicKeyFile } from '@signet/auth'
import { codeOf, RefusedError } from './errors.ts'

/** The servers that get a certificate. */
export const SERVICES = ['api', 'app-one', 'app-two', 'edge'] as const

/** The paths of all files that provisioning makes. */
export type Places = ReturnType<typeof placesOf>

/** The repository's own application registry and secrets, unless others are named. All paths are absolute. */
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
    /** A copy of the CA's certificate, since a service sees no folder but its own. */
    caCopy: (service: string) => join(root, service, 'ca.pem'),
    publicKeys,
    publicKey: (appId: string) => join(publicKeys, publicKeyFile(appId)),
    /** The marker file of a revoked application. The API does not read it. */
    revocation: (appId: string) => join(publicKeys, `${appId}_revoked`),
    privateKey,
    /** The private key of a rotation that is under way. Its name keeps the application from loading it. */
    nextPrivateKey: (application: Application) => `${privateKey(application)}.next`,
  }
}

const ROOT = join(import.meta.dirname, '../..')

/** A path as a person reads it: relative to the current folder, unless it is outside of it. */
export function shown(path: string): string {
  const short = relative('.', path)
  return short.startsWith('..') ? path : short
}

/** Whether there is a file or folder at a path. Throws {@link RefusedError} when that is unknown: unreadable is not missing. */
export function exists(path: string): boolean {
  return statsOf(path) !== undefined
}

/** The state of the file or folder at a path; undefined if there is none. Throws {@link RefusedError} when that is unknown. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (cause) {
    const code = codeOf(cause)
    const hint = code === 'EACCES' ? ` Run this as ${ownerOfClosedFolder(path)}, or as root.` : ''
    throw new RefusedError(
      `${shown(path)}: cannot be looked at, so it is not known whether it exists (${code}).${hint}`,
      { cause },
    )
  }
}

/** The user who may enter: the owner of the nearest folder above whose state can be read. */
function ownerOfClosedFolder(path: string): string {
  try {
    const { uid } = statSync(dirname(path))
    return `uid ${uid}, the owner of ${shown(dirname(path))}`
  } catch {
    return ownerOfClosedFolder(dirname(path))
  }
}
