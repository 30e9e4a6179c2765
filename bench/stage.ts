import { createPublicKey, hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Application,
  loadPrivateKey,
  privateKeyFile,
  publicKeyFile,
  signToken,
} from '../packages/auth/src/index.ts'

/** Everything that the servers and their caller need: one application, its RSA-3072 keys, certificates (ECDSA P-256). */
export type Stage = ReturnType<typeof openStage>

export const APPLICATION: Application = {
  appId: 'people01',
  name: 'app-one',
  permissions: ['users:read', 'orders:read', 'orders:write'],
}
export const AUDIENCE = 'https://localhost:3000'

/** Reads a stage that was made, in whichever process. */
export function openStage(folder: string) {
  const { appId } = APPLICATION
  const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8')
  const publicKeys = join(folder, 'secrets/api/public-keys')
  const privateKeyPath = join(folder, 'secrets', APPLICATION.name, privateKeyFile(appId))
  const privateKey = loadPrivateKey(privateKeyPath)
  return {
    folder,
    applications: join(folder, 'applications.json'),
    publicKeys,
    publicKeyPath: join(publicKeys, publicKeyFile(appId)),
    publicPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPath,
    privatePem: readFileSync(privateKeyPath, 'utf8'),
    privateKey,
    ca: read('secrets/ca.pem'),
    tls: { cert: read('secrets/api/server.pem'), key: read('secrets/api/server.key') },
    client: { cert: read('client/cert.pem'), key: read('client/cert.key') },
    apiKey: hash('sha256', privateKey.export({ type: 'pkcs8', format: 'der' }), 'base64url'),
    newToken: () => signToken({ appId, privateKey, audience: AUDIENCE }),
  }
}
