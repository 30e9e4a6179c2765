import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publicKeyFile, signToken } from '@signet/auth'
import { keyPair } from '@signet/auth/testing'

/** One application for each set of permissions. */
export const PERMISSIONS = {
  all: ['users:read', 'orders:read', 'orders:write'],
  wildcard: ['*'],
  'users-reader': ['users:read'],
  'orders-reader': ['orders:read'],
  'orders-writer': ['orders:write'],
  none: [],
} satisfies Record<string, string[]>

export type CallerName = keyof typeof PERMISSIONS
export const CALLERS = Object.keys(PERMISSIONS) as CallerName[]
export const AUDIENCE = 'https://localhost:3000'

/**
 * Writes an application registry and a key folder to a temporary folder. The application IDs are random, so that Redis has
 * no counts for them yet. All share one key pair, because a key pair takes long to make.
 */
export function registerCallers({ keysCreated }: { keysCreated?: string } = {}) {
  const { privateKey, publicPem, keyId } = keyPair()
  const folder = mkdtempSync(join(tmpdir(), 'signet-api-'))
  const keyFolder = join(folder, 'public-keys')
  mkdirSync(keyFolder)
  const text = keysCreated ? `created: ${keysCreated}\n${publicPem}` : publicPem
  const list = CALLERS.map((name) => ({
    appId: randomBytes(8).toString('hex'),
    name,
    permissions: PERMISSIONS[name],
  }))
  for (const { appId } of list) writeFileSync(join(keyFolder, publicKeyFile(appId)), text)
  const listFile = join(folder, 'applications.json')
  writeFileSync(listFile, JSON.stringify(list))
  const ids = Object.fromEntries(list.map(({ name, appId }) => [name, appId])) as Record<CallerName, string>

  return {
    ids,
    keyId,
    keyFolder,
    listFile,
    sign: (
      name: CallerName,
      { scope, now = Date.now }: { scope?: string | undefined; now?: () => number } = {},
    ) =>
      signToken({
        appId: ids[name],
        privateKey,
        audience: AUDIENCE,
        now,
        ...(scope !== undefined && { scope }),
      }),
    leave: () => rmSync(folder, { recursive: true, force: true }),
  }
}
