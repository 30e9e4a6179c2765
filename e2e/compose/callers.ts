import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@signet/testing/http'
import jwt from 'jsonwebtoken'
import { compose, keys, lines, readIn } from './docker.ts'

export type Application = { appId: string; name: string; privateKey: string }

/** Copies the CA's certificate out of the system, as in the README. */
export async function takeCa(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-'))
  try {
    await compose('cp', 'edge:/secrets/ca.pem', join(folder, 'ca.pem'))
    return readFileSync(join(folder, 'ca.pem'), 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Clients of the three ports, on this machine. */
export async function openClients() {
  const ca = await takeCa()
  const client = (port: number) => createClient({ url: `https://localhost:${port}`, ca })
  return { ca, api: client(3000), appOne: client(3001), appTwo: client(3002) }
}

/** One of the two web servers, with the private key that it has now. */
export async function applicationIn(service: string): Promise<Application> {
  const files = lines(await compose('exec', '-T', service, 'ls', '/secrets'))
  const file = files.find((name) => name.endsWith('_private.pem')) ?? ''
  const appId = file.replace('_private.pem', '')
  return { appId, name: service, privateKey: await readIn(service, `/secrets/${file}`) }
}

/** A new application, as an operator adds one. */
export async function addApplication(name: string, ...permissions: string[]): Promise<Application> {
  const output = await keys('add', name, ...permissions)
  const appId = /in the application registry as (\S+)/.exec(output)?.[1] ?? ''
  const file = `secrets/${name}/${appId}_private.pem`
  const privateKey = await compose('run', '--rm', '-T', '--entrypoint', 'cat', 'keys', file)
  return { appId, name, privateKey }
}

/** A token of the minimal `jwt.sign` call, with an audience if one is given. */
export function tokenOf({ appId, privateKey }: Application, audience?: string): string {
  const claims = audience === undefined ? { appId } : { appId, aud: audience }
  return jwt.sign(claims, privateKey, { algorithm: 'RS512', expiresIn: 300 })
}
