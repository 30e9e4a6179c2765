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

/** What the servers and their callers need: one application, its RSA-3072 keys, and certificates (ECDSA P-256). */
export type Fixture = ReturnType<typeof openFixture>

export const APPLICATION: Application = {
  appId: 'people01',
  name: 'app-one',
  permissions: ['users:read', 'orders:read', 'orders:write'],
}
export const AUDIENCE = 'https://localhost:3000'

/** The JSON that every server sends. It has the size of the API's own response to `GET /whoami`. */
export const RESPONSE = { ...APPLICATION, keyId: 'k8pQm3rV0xTzYwB5nJdL7sHcF2gE9aUoIi6RtXvKyWs' }

/** Reads a fixture that `makeFixture` wrote. Each process of the bench can do this. */
export function openFixture(folder: string) {
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
