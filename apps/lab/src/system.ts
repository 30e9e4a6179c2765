import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Signer, signerOf } from '@signet/attacks'
import { type Application, openApplications, privateKeyFile, readPrivateKey } from '@signet/auth'
import type { SiteLink } from '@signet/service'
import { ROOT } from '@signet/testing/repository'
import { startSystem as start } from '@signet/testing/system'

/** The applications that only this system has: the lab, and a second one for the attacks that mix up two. */
const LAB = 'lab'
const SECOND = 'lab-second'
const APPLICATIONS = { [LAB]: ['users:read'], [SECOND]: ['users:read'] }

/** The lab causes refusals on purpose, so the API must not limit them. */
const WITHOUT_LIMITS = { FAILURE_LIMIT: '1000000000', RATE_LIMIT: '1000000000' }

export type System = Awaited<ReturnType<typeof startSystem>>

export type SystemOptions = {
  /** 0 takes a free port, but not for the API, whose address is in every token. */
  ports: { api: number; appOne: number; appTwo: number }
  /** The links on the pages of the applications. */
  links?: readonly SiteLink[]
  /** The host names of these pages, beside localhost. */
  publicHosts?: readonly string[]
  /** Is called with each line that a service logs. */
  onLine?: (line: string) => void
}

/**
 * The system that the lab attacks: the three real processes, with an application registry, keys and a database of its
 * own in a temporary folder. The registry has the applications of `applications.json`, and those of the lab. The caller
 * must `stop` it. Throws `ServiceError` if a service does not start.
 */
export async function startSystem({ ports, links = [], publicHosts = [], onLine = () => {} }: SystemOptions) {
  const SITE_LINKS = links.map(({ name, url }) => `${name}=${url}`).join(',')
  const system = await start({
    registry: readFileSync(join(ROOT, 'applications.json'), 'utf8'),
    applications: APPLICATIONS,
    ports,
    env: {
      api: { ...WITHOUT_LIMITS, SITE_LINKS },
      apps: { SITE_LINKS, PUBLIC_HOSTS: publicHosts.join(',') },
    },
    onLine,
  })
  const { api, appOne, appTwo, folder, applications, secret } = system

  return {
    api: api.url,
    appOne: appOne.url,
    appTwo: appTwo.url,
    places: { folder, applications, publicKeys: secret('api/public-keys'), ca: secret('ca.pem') },
    ...signersOf(system),
    /** Lets the services finish their requests, and removes the folder. */
    async stop(): Promise<void> {
      await Promise.all([api.stop(), appOne.stop(), appTwo.stop()])
      await system.stop()
    },
  }
}

function signersOf({ applications, secret }: { applications: string; secret: typeof join }) {
  const registered = [...openApplications({ file: applications }).all().values()]
  const signer = ({ name, appId }: Application): Signer => {
    const file = secret(name, privateKeyFile(appId))
    return signerOf(appId, readPrivateKey(readFileSync(file, 'utf8'), file))
  }
  const [lab, second] = [LAB, SECOND].map((wanted) => registered.find(({ name }) => name === wanted))
  if (!lab || !second) throw new Error('the lab is not in its own application registry')
  return { application: signer(lab), second: signer(second), granted: lab.permissions }
}
