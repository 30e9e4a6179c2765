import { otherThan, type Ports } from './ports.ts'
import type { Program } from './run-programs.ts'

/** What can be started: the system itself, or the lab, which is a program that starts its own system. */
export type System = {
  command: string
  help: string
  /** Whether it uses the keys in `secrets/`. */
  provisioned: boolean
  /** The ports that it uses. */
  ports: (ports: Ports) => number[]
  programs: (ports: Ports) => Program[]
  /** What is printed when all its servers listen. */
  welcome: (ports: Ports) => string
}

const SERVICES = ['api', 'app-one', 'app-two'] as const

export const SYSTEM: System = {
  command: 'npm start',
  help: `Starts the API, app-one and app-two on this machine, and stops them at Ctrl-C.

  --port N  the API listens on N, app-one on N+1, app-two on N+2 (3000, 3001, 3002)

The services get LOG_LEVEL, RATE_LIMIT, DATABASE_URL, REDIS_URL and other variables of your shell.`,
  provisioned: true,
  ports: (ports) => SERVICES.map((name) => ports[name]),
  programs: (ports) =>
    SERVICES.map((name) => ({ name, main: `apps/${name}/src/main.ts`, env: serviceEnv(name, ports) })),
  welcome: (ports) => `
  Signet runs. Open app-one first:

    http://localhost:${ports['app-one']}    app-one, the people directory
    http://localhost:${ports['app-two']}    app-two, the order desk
    https://localhost:${ports.api}   the API and its reference (the browser warns: it does not know secrets/ca.pem)

  Then, in a second terminal:

    npm run keys -- list              the applications and their keys
    npm run lab -- --port ${String(otherThan(ports.api)).padEnd(12)}attack the API from a page
    npm test                          all tests

  Ctrl-C stops it.
`,
}

export const LAB: System = {
  command: 'npm run lab',
  help: `Starts the lab, with its own API, app-one and app-two, and stops them at Ctrl-C.

  --port N  the API listens on N, app-one on N+1, app-two on N+2, the lab on N+3 (3000 to 3003)`,
  provisioned: false,
  ports: (ports) => [...SYSTEM.ports(ports), ports.lab],
  programs: (ports) => [
    {
      name: 'lab',
      main: 'apps/lab/src/main.ts',
      env: { ...serviceEnv('lab', ports), PORT: String(ports.lab) },
    },
  ],
  welcome: (ports) => `
  The lab runs. Open it, choose an attack, and press the button:

    http://localhost:${ports.lab}    the lab

  Its own system:

    http://localhost:${ports['app-one']}    app-one
    http://localhost:${ports['app-two']}    app-two
    https://localhost:${ports.api}   the API and its reference

  Ctrl-C stops it.
`,
}

type Env = Readonly<Record<string, string | undefined>>

/**
 * The variables that differ between the services, or must agree between them. Only `npm start` sets them. Their values in the
 * shell do not reach the services: `PORT=4000` would give all three the same port. All other variables of the shell do.
 */
const OWN = [
  'PORT',
  'HOST',
  'API_URL',
  'AUDIENCES',
  'APPLICATIONS_FILE',
  'PUBLIC_KEYS_DIR',
  'PRIVATE_KEY_DIR',
  'API_CA_FILE',
  'TLS_CERT_FILE',
  'TLS_KEY_FILE',
  'SITE_LINKS',
] as const

/** The variables of a service that differ from our own environment. One that is undefined here is removed for the service. */
export function serviceEnv(name: keyof Ports, ports: Ports, env: Env = process.env): Env {
  const none = Object.fromEntries(OWN.map((variable) => [variable, undefined]))
  const api = `https://localhost:${ports.api}`
  // The API fills an empty database with sample data, unless the shell sets SAMPLE_DATA=false.
  const own = name === 'api' ? { AUDIENCES: api, SAMPLE_DATA: env.SAMPLE_DATA || 'true' } : { API_URL: api }
  return { ...none, PORT: String(ports[name]), SITE_LINKS: linksBetween(ports, api), ...own }
}

/** The addresses that the pages link to, for a browser on this machine. */
function linksBetween(ports: Ports, api: string): string {
  const pages = (['app-one', 'app-two'] as const).map((name) => `${name}=http://localhost:${ports[name]}`)
  return [...pages, `API reference=${api}/docs`].join(',')
}

/** One line with the variables of the shell that are not used, and the option to use for PORT; undefined if there are none. */
export function unusedVariables(env: Env, command: string): string | undefined {
  const unused = OWN.filter((variable) => env[variable])
  if (unused.length === 0) return undefined
  const hint = unused.includes('PORT') ? ` For other ports: ${command} -- --port 4000` : ''
  return `Not used by ${command}: ${unused.join(', ')} of your shell.${hint}`
}
