import type { Ports } from './options.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * The variables that differ from one service to the next, or must agree between them. `npm start` sets them, and one
 * that stands in the shell reaches no service: `PORT=4000` would give all three the same port. All other variables pass.
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

/** What a service is told on top of our own environment. A variable that is undefined here is taken out of it. */
export function serviceEnv(name: keyof Ports, ports: Ports): Env {
  const none = Object.fromEntries(OWN.map((variable) => [variable, undefined]))
  const api = `https://localhost:${ports.api}`
  const own = name === 'api' ? { AUDIENCES: api } : { API_URL: api }
  return { ...none, PORT: String(ports[name]), SITE_LINKS: linksBetween(ports, api), ...own }
}

/** What the pages link to, as a browser on this machine reaches it. */
function linksBetween(ports: Ports, api: string): string {
  const pages = (['app-one', 'app-two'] as const).map((name) => `${name}=http://localhost:${ports[name]}`)
  return [...pages, `API reference=${api}/docs`].join(',')
}

/** One line for the variables of the shell that are not used, and what to use instead; undefined if there are none. */
export function unusedVariables(env: Env, command: string): string | undefined {
  const unused = OWN.filter((variable) => env[variable])
  if (unused.length === 0) return undefined
  const instead = unused.includes('PORT') ? ` For other ports: ${command} -- --port 4000` : ''
  return `Not used by ${command}: ${unused.join(', ')} of your shell.${instead}`
}
