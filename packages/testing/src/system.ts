import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@signet/testing/free-port'
import { createClient } from './client.ts'
import { ROOT } from './root.ts'
import { run } from './run.ts'
import { createService, type Env } from './service.ts'
import { committedRegistry } from './working-copy.ts'

const KEYS = join(ROOT, 'scripts/keys.ts')

/** A folder with a registry, keys and certificates, which this process makes once: its systems begin with copies. */
let provisioned: Promise<string> | undefined

export type System = Awaited<ReturnType<typeof startSystem>>

/**
 * The whole system in a folder of its own: a copy of the application registry, keys and certificates by the real command, and the
 * three real processes on free ports. `env` adds to the variables of a service. Whoever starts it must `stop` it.
 */
export async function startSystem({ env = {} }: { env?: { api?: Env; apps?: Env } } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'signet-'))
  const file = (...path: string[]) => join(folder, ...path)
  const secret = (...path: string[]) => file('secrets', ...path)
  const applications = file('applications.json')

  /** `npm run keys -- …` for this system. */
  const keys = (command: string, ...words: string[]) => {
    const places = ['--applications', applications, '--secrets', secret()]
    return run(process.execPath, [KEYS, command, ...words, ...places])
  }

  provisioned ??= provisionOnce()
  await cp(await provisioned, folder, { recursive: true })

  const port = await freePort()
  const api = createService('api', {
    PORT: String(port),
    APPLICATIONS_FILE: applications,
    PUBLIC_KEYS_DIR: secret('api/public-keys'),
    TLS_CERT_FILE: secret('api/server.pem'),
    TLS_KEY_FILE: secret('api/server.key'),
    DATABASE_URL: `file:${file('signet.sqlite')}`,
    ...env.api,
  })
  const app = (name: string) =>
    createService(name, {
      PORT: '0',
      API_URL: `https://localhost:${port}`,
      API_CA_FILE: secret('ca.pem'),
      PRIVATE_KEY_DIR: secret(name),
      ...env.apps,
    })
  const services = { api, appOne: app('app-one'), appTwo: app('app-two') }

  async function stop(): Promise<void> {
    await Promise.all(Object.values(services).map((service) => service.kill()))
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await Promise.all(Object.values(services).map((service) => service.start()))
  } catch (error) {
    await stop()
    throw error
  }
  const ca = readFileSync(secret('ca.pem'), 'utf8')
  return { ...services, file, secret, keys, ca, send: createClient({ url: api.url, ca }), stop }
}

async function provisionOnce(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-provisioned-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const [applications, secrets] = [join(folder, 'applications.json'), join(folder, 'secrets')]
  writeFileSync(applications, await committedRegistry())
  await run(process.execPath, [KEYS, 'provision', '--applications', applications, '--secrets', secrets])
  return folder
}
