import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import jwt from 'jsonwebtoken'
import { freePort } from './free-port.ts'
import { createClient } from './http.ts'
import { type ProcessResult, run } from './process.ts'
import { committedRegistry, ROOT } from './repository.ts'
import { createService, type Env, type Service } from './service.ts'

export type System = Awaited<ReturnType<typeof startSystem>>

export type SystemOptions = {
  /** The text of the application registry to begin with. Default: the committed one. */
  registry?: string
  /** Applications that are added to the registry: the permissions of each, by its name. */
  applications?: Readonly<Record<string, readonly string[]>>
  /** Default: free ports. 0 takes a free one, but not for the API, whose address is in every token. */
  ports?: { api?: number; appOne?: number; appTwo?: number }
  /** How many processes of the API run, each at a port of its own. All accept tokens for the address of the first. */
  apiProcesses?: number
  /** Whether each API process has a metrics port. */
  metrics?: boolean
  /** Whether app-one and app-two run, too. Default: true. */
  pages?: boolean
  /** Further environment variables. */
  env?: { api?: Env; apps?: Env }
  /** Is called with each line that a service logs; the services then keep no lines. */
  onLine?: (line: string) => void
}

/**
 * Starts the whole system in a temporary folder: an application registry, keys and certificates made by the real
 * command, and the real processes. The caller must `stop` it. Throws `ServiceError` if a service does not start.
 */
export async function startSystem(options: SystemOptions = {}) {
  const { ports = {}, apiProcesses = 1, metrics = false, pages = true, env = {}, onLine } = options
  const folder = mkdtempSync(join(tmpdir(), 'signet-'))
  const file = (...path: string[]) => join(folder, ...path)
  const secret = (...path: string[]) => file('secrets', ...path)
  const applications = file('applications.json')
  const services: Service[] = []

  async function stop(): Promise<void> {
    await Promise.all(services.map((service) => service.kill()))
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await provision(folder, options)
    const metricsPorts = metrics ? await severalPorts(apiProcesses) : []
    const apiPorts = [ports.api ?? (await freePort()), ...(await severalPorts(apiProcesses - 1))]
    const apiUrl = `https://localhost:${apiPorts[0]}`
    const apiEnv = {
      PORT: '0',
      APPLICATIONS_FILE: applications,
      PUBLIC_KEYS_DIR: secret('api/public-keys'),
      TLS_CERT_FILE: secret('api/server.pem'),
      TLS_KEY_FILE: secret('api/server.key'),
      DATABASE_URL: `file:${file('signet.sqlite')}`,
      SAMPLE_DATA: 'true',
    }
    const pageEnv = (name: string) => ({
      PORT: '0',
      API_URL: apiUrl,
      API_CA_FILE: secret('ca.pem'),
      PRIVATE_KEY_DIR: secret(name),
    })
    const create = (name: string, ...env: (Env | undefined)[]) =>
      createService(name, Object.assign({}, ...env), onLine && { onLine })

    const apis = apiPorts.map((port, at) => {
      const more = {
        PORT: String(port),
        ...(at > 0 && { AUDIENCES: apiUrl }),
        ...(metrics && { METRICS_PORT: String(metricsPorts[at]) }),
      }
      return create('api', apiEnv, more, env.api)
    })
    const appOne = create('app-one', pageEnv('app-one'), { PORT: String(ports.appOne ?? 0) }, env.apps)
    const appTwo = create('app-two', pageEnv('app-two'), { PORT: String(ports.appTwo ?? 0) }, env.apps)
    services.push(...apis, ...(pages ? [appOne, appTwo] : []))
    await Promise.all(services.map((service) => service.start()))

    const [api] = apis as [Service]
    const ca = readFileSync(secret('ca.pem'), 'utf8')
    return {
      folder,
      file,
      secret,
      applications,
      /** The certificate of the CA, as PEM. */
      ca,
      api,
      /** All processes of the API; `api` is the first. */
      apis,
      appOne,
      appTwo,
      /** The addresses of their metrics, if they were asked for. */
      metrics: metricsPorts.map((port) => `http://127.0.0.1:${port}/metrics`),
      /** The environment of one more API process, at a free port. */
      apiEnv,
      /** The environment of one more process of a page, with the private key of an application. */
      pageEnv,
      /** Sends a request to the API. */
      send: createClient({ url: api.url, ca }),
      /** Runs `npm run keys -- …` for this system. */
      keys: (command: string, ...words: string[]) => runKeys(folder, command, ...words),
      retire: (name: string, ...words: string[]) => retire(folder, name, ...words),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

let shared: Promise<System> | undefined

/**
 * A system that several test files use, so that it is started once in this process. It ends with the process. A test may
 * add to it, but must not stop a service, and must not change what another test expects.
 */
export function sharedSystem(): Promise<System> {
  const env = { api: { RATE_LIMIT: '100000', FAILURE_LIMIT: '100000' } }
  shared ??= startSystem({ env }).then((system) => {
    atExit(() => {
      for (const service of [system.api, system.appOne, system.appTwo]) service.signal('SIGKILL')
      rmSync(system.folder, { recursive: true, force: true, maxRetries: 3 })
    })
    return system
  })
  return shared
}

/** `privateKey` is PEM. */
export type Application = { appId: string; name: string; permissions: string[]; privateKey: string }

/** An application of a running system, by its name: its entry in the application registry, and its private key. */
export function applicationOf(
  { applications, secret }: Pick<System, 'applications' | 'secret'>,
  name: string,
): Application {
  const list: Omit<Application, 'privateKey'>[] = JSON.parse(readFileSync(applications, 'utf8'))
  const entry = list.find((entry) => entry.name === name)
  if (!entry) throw new Error(`${name} is not in the application registry`)
  return { ...entry, privateKey: readFileSync(secret(name, `${entry.appId}_private.pem`), 'utf8') }
}

/** The token of the minimal `jwt.sign` call, exactly as documented. */
export function minimalToken({ appId, privateKey }: Pick<Application, 'appId' | 'privateKey'>): string {
  return jwt.sign({ appId }, privateKey, { algorithm: 'RS512', expiresIn: 300 })
}

/** A folder with the committed registry, keys and certificates. This process makes it once; its systems copy it. */
let provisioned: Promise<string> | undefined

async function provision(folder: string, { registry, applications = {} }: SystemOptions): Promise<void> {
  if (registry === undefined && Object.keys(applications).length === 0) {
    provisioned ??= provisionOnce()
    await cp(await provisioned, folder, { recursive: true })
    return
  }
  const added = Object.entries(applications).map(([name, permissions]) => ({
    appId: randomBytes(8).toString('hex'),
    name,
    permissions,
  }))
  const entries = [...JSON.parse(registry ?? (await committedRegistry())), ...added]
  await provisionFor(folder, JSON.stringify(entries, null, 2))
}

async function provisionOnce(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-provisioned-'))
  atExit(() => rmSync(folder, { recursive: true, force: true }))
  await provisionFor(folder, await committedRegistry())
  return folder
}

async function provisionFor(folder: string, registry: string): Promise<void> {
  writeFileSync(join(folder, 'applications.json'), registry)
  const { status, errors } = await runKeys(folder, 'provision')
  if (status !== 0) throw new Error(`keys provision: ${errors}`)
}

function runKeys(folder: string, command: string, ...words: string[]): Promise<ProcessResult> {
  const places = ['--applications', join(folder, 'applications.json'), '--secrets', join(folder, 'secrets')]
  return run(process.execPath, [join(ROOT, 'scripts/keys.ts'), command, ...words, ...places])
}

/** Runs `keys retire`, and again after each time that a refusal names. Yields the result of each run. */
async function* retire(folder: string, name: string, ...words: string[]): AsyncGenerator<ProcessResult> {
  for (;;) {
    const result = await runKeys(folder, 'retire', name, ...words)
    yield result
    const [, seconds] = /Try again in (\d+) s/.exec(result.errors) ?? []
    if (seconds === undefined) return
    await setTimeout(Number(seconds) * 1000)
  }
}

function severalPorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => freePort()))
}

/** Calls a function when this process ends, also by SIGTERM, with which vitest ends its processes. */
function atExit(undo: () => void): void {
  process.once('exit', undo)
  process.once('SIGTERM', () => process.exit(143))
}
