import { accessSync, constants, statSync } from 'node:fs'
import { z } from 'zod'

/** One variable that is missing or wrong. `name` is empty where the fault lies between several. */
export type ConfigFault = { name: string; message: string }

/** A configuration that cannot be used, with all its faults. */
export class ConfigError extends Error {
  readonly code = 'config_invalid'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(({ name, message }) => (name ? `${name} ${message}` : message)).join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/**
 * Reads the variables that the schema names; the rest of the environment is not looked at. An empty variable counts
 * as unset, since that is all that Compose can pass for one that is not there. Values never enter a message, as they
 * may hold a password. Throws ConfigError with every fault at once.
 */
export function readConfig<Schema extends z.ZodObject>(schema: Schema, env = process.env): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const read = schema.safeParse(given, {
    error: ({ input }) => (input === undefined ? 'is not set' : undefined),
  })
  if (read.success) return read.data
  throw new ConfigError(read.error.issues.map(({ path, message }) => ({ name: path.join('.'), message })))
}

/** A whole number, both limits included. */
export function wholeNumber({ min = 0, max = Number.MAX_SAFE_INTEGER } = {}) {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((number) => number >= min && number <= max, message)
}

/** A TCP port; 0 lets the system choose a free one. */
export function port(byDefault: number) {
  return wholeNumber({ max: 65_535 }).default(byDefault)
}

/** The address to listen on. The default is this machine only, since the pages have no login. */
export const host = z
  .string()
  .regex(/^[\w.:-]+$/, 'must be a host name or an IP address')
  .default('127.0.0.1')

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export const logLevel = z.enum(LEVELS, `must be one of ${LEVELS.join(', ')}`).default('info')

export const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((word) => word === 'true')
  .default(false)

/** One or more words, separated by commas. */
export const list = z
  .string()
  .transform((text) => text.split(',').map((word) => word.trim()))
  .refine((words) => !words.includes(''), 'must be a list, separated by commas, without empty items')

/** The path of a file that can be read. `mend` ends each message: what to do about it. */
export function file(mend: string) {
  return readable('file', mend)
}

/** The path of a folder that can be read. `mend` ends each message: what to do about it. */
export function folder(mend: string) {
  return readable('folder', mend)
}

function readable(kind: 'file' | 'folder', mend: string) {
  return z.string(`is not set: ${mend}`).superRefine((path, context) => {
    const fault = fileFault(path, kind)
    if (fault) context.addIssue({ code: 'custom', message: `${path} ${fault}: ${mend}` })
  })
}

/** Where else a visitor may go: what the link is called, and where it leads. */
export type SiteLink = Readonly<{ name: string; url: string }>

/**
 * The setting SITE_LINKS: `app-one=http://localhost:3001,API reference=https://localhost:3000/docs`. A service does not
 * know the addresses that browsers use: behind a load balancer they differ from those that the services listen on. A
 * service that is not named is not linked to.
 */
export const siteLinks = z
  .string()
  .transform((text) => text.split(',').map(linkOf))
  .refine(
    (links) => links.every(isComplete),
    'must be names with their addresses, such as app-one=http://localhost:3001, separated by commas',
  )
  .refine(
    (links) => links.every(({ url }) => isAddressOfPages(url)),
    'must have http or https addresses only, without credentials',
  )
  .default([])

function linkOf(text: string): SiteLink {
  const [name = '', ...url] = text.split('=')
  return { name: name.trim(), url: url.join('=').trim() }
}

function isComplete({ name, url }: SiteLink): boolean {
  return /^[\w .-]{1,40}$/.test(name) && URL.canParse(url)
}

/** Every page links to it, so `javascript:` and the like are refused here. */
function isAddressOfPages(url: string): boolean {
  if (!URL.canParse(url)) return true
  const { protocol, username, password } = new URL(url)
  return (protocol === 'http:' || protocol === 'https:') && username + password === ''
}

/** Why this path is no readable file or folder, as the end of a sentence; undefined when it is one. */
export function fileFault(path: string, kind: 'file' | 'folder'): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    const found = statSync(path)
    return (kind === 'file' ? found.isFile() : found.isDirectory()) ? undefined : `is not a ${kind}`
  } catch (error) {
    return describe(error as NodeJS.ErrnoException)
  }
}

function describe({ code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user'
  return `cannot be read (${code})`
}
