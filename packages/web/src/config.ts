import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MAXIMUM_LIFETIME, privateKeyFile } from '@signet/auth'
import { file, folder, host, logLevel, port, readConfig, tlsFilesOf, wholeNumber } from '@signet/service'
import { z } from 'zod'

const SECRETS = join(import.meta.dirname, '../../../secrets')
const PROVISION = 'run `npm run keys -- provision`'

export type WebConfig = ReturnType<typeof readWebConfig>

/**
 * The configuration of a web server, with the CA's PEM text (`ca`) and the path of its private key (`keyFile`). `name`
 * says in which folder that lies by default. Throws the service's `ConfigError` with every fault, by variable.
 */
export function readWebConfig({ env = process.env, ...defaults }: WebDefaults & { env?: NodeJS.ProcessEnv }) {
  const { API_CA_FILE: ca, PRIVATE_KEY_DIR: keyFile, ...config } = readConfig(schemaOf(defaults), env)
  return { ...config, ca, keyFile, tls: tlsFilesOf(config) }
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
    LAB_URL: pageOrigin.optional(),
  })
}

/** The audience of every token, so it is spelled as the API spells its own: without path, credentials or slash. */
const apiOrigin = z
  .string()
  .refine(
    isOrigin('https:'),
    'must be an https origin such as https://localhost:3000, with nothing behind it',
  )

/** Where the lab stands while it runs. The pages link to it, so nothing but an address of pages may stand here. */
const pageOrigin = z
  .string()
  .refine(
    isOrigin('http:', 'https:'),
    'must be an http or https origin such as http://localhost:3003, with nothing behind it',
  )

function isOrigin(...protocols: string[]): (url: string) => boolean {
  return (url) =>
    URL.canParse(url) && new URL(url).origin === url && protocols.includes(new URL(url).protocol)
}

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
