import { readFileSync, rmSync } from 'node:fs'
import { type Signer, signerOf } from '@signet/attacks'
import { type Application, openApplications, privateKeyFile, readPrivateKey } from '@signet/auth'
import type { SiteLink } from '@signet/service'
import { runKeys } from './keys-command.ts'
import { makePlaces, type Places } from './places.ts'
import { type ServiceProcess, startService } from './service-process.ts'

/** The applications that only this system knows: the lab, and a second one for the attacks that mix up two. */
const LAB = 'lab'
const SECOND = 'lab-second'

/** Refusals are what the lab is for: the API must not slow them down. */
const WITHOUT_LIMITS = { FAILURE_LIMIT: '1000000000', RATE_LIMIT: '1000000000' }

export type System = Awaited<ReturnType<typeof startSystem>>

/**
 * The whole system beside the lab, with an application registry, keys and a database of its own: the three real processes. Whoever
 * starts it must `stop` it. `ports`: 0 takes a free one, but for the API, whose address is in every token. Throws
 * `ServiceError` when a service does not start.
 */
export async function startSystem({ ports, links = [], publicHosts = [], onLine }: SystemOptions) {
  const places = makePlaces([LAB, SECOND])
  const services: ServiceProcess[] = []

  async function stop(): Promise<void> {
    await Promise.all(services.map((service) => service.stop()))
    rmSync(places.folder, { recursive: true, force: true })
  }

  try {
    await runKeys(places, 'provision')

    const pages = {
      SITE_LINKS: links.map(({ name, url }) => `${name}=${url}`).join(','),
      PUBLIC_HOSTS: publicHosts.join(','),
    }
    const [api, appOne, appTwo] = await allOf([
      startService('api', { ...apiEnv(places, ports.api), SITE_LINKS: pages.SITE_LINKS }, onLine),
      startService('app-one', appEnv(places, 'app-one', ports, pages), onLine),
      startService('app-two', appEnv(places, 'app-two', ports, pages), onLine),
    ])
    return { api: api.url, appOne: appOne.url, appTwo: appTwo.url, places, ...signatoriesOf(places), stop }
  } catch (error) {
    await stop()
    throw error
  }

  /** Waits for all of them, also when one fails, so that those that have started can be stopped. */
  async function allOf<const Starting extends Promise<ServiceProcess>[]>(starting: Starting) {
    for (const outcome of await Promise.allSettled(starting))
      if (outcome.status === 'fulfilled') services.push(outcome.value)
    return Promise.all(starting)
  }
}

export type Ports = Readonly<{ api: number; 'app-one': number; 'app-two': number }>

export type SystemOptions = {
  ports: Ports
  /** What the pages of the applications link to. */
  links?: readonly SiteLink[]
  /** The names of these pages, beside localhost. */
  publicHosts?: readonly string[]
  /** Hears each line that a service logs. */
  onLine?: (line: string) => void
}

type Env = Readonly<Record<string, string>>

function apiEnv({ applications, publicKeys, database, secret }: Places, port: number): Env {
  return {
    PORT: String(port),
    APPLICATIONS_FILE: applications,
    PUBLIC_KEYS_DIR: publicKeys,
    TLS_CERT_FILE: secret('api/server.pem'),
    TLS_KEY_FILE: secret('api/server.key'),
    DATABASE_URL: `file:${database}`,
    ...WITHOUT_LIMITS,
  }
}

function appEnv({ ca, secret }: Places, name: 'app-one' | 'app-two', ports: Ports, pages: Env): Env {
  return {
    PORT: String(ports[name]),
    API_URL: `https://localhost:${ports.api}`,
    API_CA_FILE: ca,
    PRIVATE_KEY_DIR: secret(name),
    ...pages,
  }
}

function signatoriesOf({ applications, secret }: Places) {
  const listed = [...openApplications({ file: applications }).all().values()]
  const signer = ({ name, appId }: Application): Signer => {
    const file = secret(name, privateKeyFile(appId))
    return signerOf(appId, readPrivateKey(readFileSync(file, 'utf8'), file))
  }
  const [lab, second] = [LAB, SECOND].map((wanted) => listed.find(({ name }) => name === wanted))
  if (!lab || !second) throw new Error('the lab was not put on its application registry')
  return { application: signer(lab), second: signer(second), granted: lab.permissions }
}
