import { join } from 'node:path'
import {
  file,
  flag,
  folder,
  host,
  list,
  logLevel,
  port,
  readConfig,
  siteLinks,
  wholeNumber,
} from '@signet/service'
import express from 'express'
import { z } from 'zod'

const ROOT = join(import.meta.dirname, '../../..')
const SECRETS = join(ROOT, 'secrets/api')

/** The API's configuration. Throws the service's `ConfigError` with every fault, by variable. */
export function readApiConfig(env?: NodeJS.ProcessEnv) {
  const config = readConfig(schema, env)
  return { ...config, AUDIENCES: config.AUDIENCES ?? [`https://localhost:${config.PORT}`] }
}

export type Config = ReturnType<typeof readApiConfig>

const PROVISION = 'run `npm run keys -- provision`'
const provisioned = file(PROVISION)

const origins = list.refine(
  (words) => words.every((word) => URL.canParse(word) && new URL(word).origin === word),
  'must be origins such as https://localhost:3000, separated by commas',
)

/** Express's `trust proxy`: a number of hops, or addresses and networks. */
const proxies = z
  .string()
  .transform((text) => (/^\d+$/.test(text) ? Number(text) : text))
  .refine(isTakenByExpress, 'must be a number of hops, or addresses such as 10.0.0.0/8, separated by commas')

function isTakenByExpress(proxies: string | number): boolean {
  try {
    express().set('trust proxy', proxies)
    return true
  } catch {
    return false
  }
}

const schema = z.object({
  PORT: port(3000),
  HOST: host,
  LOG_LEVEL: logLevel,
  TLS_CERT_FILE: provisioned.default(join(SECRETS, 'server.pem')),
  TLS_KEY_FILE: provisioned.default(join(SECRETS, 'server.key')),
  PUBLIC_KEYS_DIR: folder(PROVISION).default(join(SECRETS, 'public-keys')),
  APPLICATIONS_FILE: file('it holds the application registry').default(join(ROOT, 'applications.json')),
  AUDIENCES: origins.optional(),
  REQUIRE_AUDIENCE: flag,
  DATABASE_URL: z.string().default(`file:${join(ROOT, 'data/signet.sqlite')}`),
  DATABASE_PASSWORD_FILE: file('it holds the password of the database').optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' }).optional(),
  RATE_LIMIT: wholeNumber({ min: 1 }).default(1000),
  FAILURE_LIMIT: wholeNumber({ min: 1 }).default(100),
  TRUST_PROXY: proxies.optional(),
  SAMPLE_DATA: flag,
  METRICS_PORT: wholeNumber({ max: 65_535 }).optional(),
  SITE_LINKS: siteLinks,
})
