import { accessSync, constants, statSync } from 'node:fs'
import { z } from 'zod'

/**
 * Reads the environment variables that the schema names, and no others. An empty variable counts as unset, because
 * Compose can only pass an unset variable as an empty one. No message contains a value, because a value may be a
 * password. Throws ConfigError, which lists all faults at once.
 */
export function readConfig<Schema extends z.ZodObject>(schema: Schema, env = process.env): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const read = schema.safeParse(given, {
    error: ({ input }) => (input === undefined ? 'is not set' : undefined),
  })
  if (read.success) return read.data
  throw new ConfigError(read.error.issues.map(({ path, message }) => ({ name: path.join('.'), message })))
}

/** One variable that is missing or wrong. `name` is empty if the fault concerns several variables. */
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

/** A whole number from `min` to `max`, both included. */
export function wholeNumber({ min = 0, max = Number.MAX_SAFE_INTEGER } = {}) {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((number) => number >= min && number <= max, message)
}

/** A TCP port. With 0, the operating system chooses a free port. */
export function port(byDefault: number) {
  return wholeNumber({ max: 65_535 }).default(byDefault)
}

/** The address to listen on. By default only this machine can connect, because the pages have no login. */
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

/** The path of a file that can be read. Each message ends with `hint`, which says how to fix the fault. */
export function file(hint: string) {
  return readable('file', hint)
}

/** The path of a folder that can be read. Each message ends with `hint`, which says how to fix the fault. */
export function folder(hint: string) {
  return readable('folder', hint)
}

function readable(kind: 'file' | 'folder', hint: string) {
  return z.string(`is not set: ${hint}`).superRefine((path, context) => {
    const fault = fileFault(path, kind)
    if (fault) context.addIssue({ code: 'custom', message: `${path} ${fault}: ${hint}` })
  })
}

/** Why this path is not a readable file or folder, as the end of a sentence. Undefined if it is one. */
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

/** A link from each page to another site: its text and its address. */
export type SiteLink = Readonly<{ name: string; url: string }>

/**
 * The setting SITE_LINKS: `app-one=http://localhost:3001,API reference=https://localhost:3000/docs`. A service cannot
 * derive these addresses: behind a load balancer, the addresses that browsers use differ from those that the services
 * listen on. Pages link only to the sites in this list.
 */
export const siteLinks = z
  .string()
  .transform((text) => text.split(',').map(linkOf))
  .refine(
    (links) => links.every(isComplete),
    'must be names with their addresses, such as app-one=http://localhost:3001, separated by commas',
  )
  .refine(
    (links) => links.every(({ url }) => isWebAddress(url)),
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

/** Every page contains the address as a link, so `javascript:` and similar schemes are refused here. */
function isWebAddress(url: string): boolean {
  if (!URL.canParse(url)) return true
  const { protocol, username, password } = new URL(url)
  return (protocol === 'http:' || protocol === 'https:') && username + password === ''
}
