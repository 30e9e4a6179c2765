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
 * The configuration of a web server, with the CA's PEM text (`ca`), the path of its private key (`keyFile`) and the host
 * names under which its pages answer (`publicHosts`). `name` says in which folder the key lies by default. Throws the service's `ConfigError` with every fault, by variable.
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

/** The audience of every token, so it is spelled as the API spells its own: without path, credentials or slash. */
const apiOrigin = z
  .string()
  .refine(isHttpsOrigin, 'must be an https origin such as https://localhost:3000, with nothing behind it')

function isHttpsOrigin(url: string): boolean {
  return URL.canParse(url) && new URL(url).origin === url && url.startsWith('https:')
}

/** The address that is listened on, as the log names it, is one of the names too, unless it stands for every address. */
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
    context.addIssue(`${path} holds no PEM certificate: ${PROVISION}`)
    return z.NEVER
  }
}

/** The one private key in the folder; its name says which application this is. */
function findPrivateKey(path: string, context: z.RefinementCtx): string {
  const names = readdirSync(path).filter((name) => name.endsWith(privateKeyFile('')))
  const [name] = names
  if (name && names.length === 1) return join(path, name)
  const mend = name ? 'leave the one that this application is to use' : PROVISION
  context.addIssue(
    `${path} must hold exactly one ${privateKeyFile('<appId>')}, and holds ${names.length}: ${mend}`,
  )
  return z.NEVER
}
