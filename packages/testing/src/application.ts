import { readFileSync } from 'node:fs'
import type { join } from 'node:path'
import jwt from 'jsonwebtoken'

export type Application = { appId: string; name: string; permissions: string[]; privateKey: string }

/** An application of a running system, by its name: its entry on the application registry, and its private key as PEM. */
export function applicationOf(
  { file, secret }: { file: typeof join; secret: typeof join },
  name: string,
): Application {
  const list: Omit<Application, 'privateKey'>[] = JSON.parse(readFileSync(file('applications.json'), 'utf8'))
  const entry = list.find((entry) => entry.name === name)
  if (!entry) throw new Error(`${name} is not on the application registry`)
  return { ...entry, privateKey: readFileSync(secret(name, `${entry.appId}_private.pem`), 'utf8') }
}

/** The documented call, word for word. */
export function documentedToken({ appId, privateKey }: Application): string {
  return jwt.sign({ appId }, privateKey, { algorithm: 'RS512', expiresIn: 300 })
}
