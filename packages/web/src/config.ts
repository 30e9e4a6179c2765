import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAXIMUM_LIFETIME, privateKeyFile } from '@signet/auth'
import {
  file,
  folder,
  host,
  logLevel,
  port,
  readConfig,
  siteLinks,
  tlsFilesOf,
  wholeNumber,
} from '@signet/service'
import { z } from 'zod'
import { hostNames } from './security.ts'

const SECRETS = join(import.meta.dirname, '../../../secrets')
const PROVISION = 'run `npm run keys -- provision`'

export type WebConfig = ReturnType<typeof readWebConfig>

/**
 * Reads the configuration of a web server. The result has the PEM text of the CA (`ca`), the path of the private key
 * (`keyFile`) and the host names under which the pages answer (`publicHosts`). `name` is the default folder of the key in
 * `secrets/`. Throws the service's `ConfigError`, which names every wrong variable.
 */
export function readWebConfig({ env = process.env, ...defaults }: WebDefaults & { env?: NodeJS.ProcessEnv }) {
  const { API_CA_FILE: ca, PRIVATE_KEY_DIR: keyFile, ...config } = readConfig(schemaOf(defaults), env)
  return { ...config, ca, keyFile, publicHosts: publicHostsOf(config), tls: tlsFilesOf(config) }
}

type WebDefaults = { name: string; port: number }

function schemaOf({ name, port: byDefault }: WebDefaults) {
  return z.object({
    HOST: host,
    PORT: port(byDefault),
    LOG_LEVEL: logLevel,
    API_URL: apiOrigin.default('https://localhost:3000'),
    API_CA_FILE: file(PROVISION).prefault(join(SECRETS, 'ca.pem')).transform(readAuthority),
    PRIVATE_KEY_DIR: folder(PROVISION).prefault(join(SECRETS, name)).transform(findPrivateKey),
    TOKEN_LIFETIME: wholeNumber({ min: 1, max: MAXIMUM_LIFETIME }).default(MAXIMUM_LIFETIME),
    TLS_CERT_FILE: file(PROVISION).optional(),
    TLS_KEY_FILE: file(PROVISION).optional(),
    PUBLIC_HOSTS: hostNames.default([]),
    SITE_LINKS: siteLinks,
  })
}

/** The origin of the API, and the audience of every token. So it must have no path, no credentials and no slash at the end. */
const apiOrigin = z
  .string()
  .refine(isHttpsOrigin, 'must be an https origin such as https://localhost:3000, without anything after it')

function isHttpsOrigin(url: string): boolean {
  return URL.canParse(url) && new URL(url).origin === url && url.startsWith('https:')
}

/** The log shows the address that the server listens on, so pages answer under it too, unless it means every address. */
function publicHostsOf({ HOST, PUBLIC_HOSTS }: { HOST: string; PUBLIC_HOSTS: string[] }): string[] {
  return EVERY_ADDRESS.includes(HOST) ? PUBLIC_HOSTS : [HOST, ...PUBLIC_HOSTS]
}

const EVERY_ADDRESS = ['0.0.0.0', '::']

/** The PEM text of the CA's certificate. */
function readAuthority(path: string, context: z.RefinementCtx): string {
  const pem = readFileSync(path, 'utf8')
  try {
    new X509Certificate(pem)
    return pem
  } catch {
    context.addIssue(`${path} does not hold a PEM certificate: ${PROVISION}`)
    return z.NEVER
  }
}

/** Finds the only private key in the folder. The name of its file contains the application ID. */
function findPrivateKey(path: string, context: z.RefinementCtx): string {
  const names = readdirSync(path).filter((name) => name.endsWith(privateKeyFile('')))
  const [name] = names
  if (name && names.length === 1) return join(path, name)
  const fix = name ? 'leave only the one that this application uses' : PROVISION
  context.addIssue(
    `${path} must hold exactly one ${privateKeyFile('<appId>')}, but it holds ${names.length}: ${fix}`,
  )
  return z.NEVER
}
