import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { privateKeyFile, readPrivateKey } from '@signet/auth'
import { GROUPS, type Group } from './probe.ts'
import { type Signer, signerOf } from './signing.ts'

const SECRETS = join(import.meta.dirname, '../../../secrets')

export const USAGE = `Usage: npm run attack -- [URL] [OPTION…]

Sends forged tokens and valid tokens to an API, and checks its answers. URL is the address of the API
(https://localhost:3000). Without a path, the requests are for /whoami.

  --key FILE         private key (PEM) of an application that the API knows (in secrets/app-two)
  --app-id ID        its ID (the file's name, without _private.pem)
  --other-key FILE   private key of a second application, in a file with its ID as the name (in
                     secrets/app-one, if --key is not given). Without it, the attacks that need a
                     second application are skipped
  --ca FILE          certificate (PEM) of an authority to trust (secrets/ca.pem)
  --header NAME      header field that carries the token (x-token); with authorization, as Bearer
  --claim NAME       claim that holds the application's ID (appId)
  --audience ORIGIN  the API's name in aud (the origin of URL)
  --require-audience the API requires aud: a token without it must be refused
  --path PATH        path of the GET requests
  --only GROUP       one of ${groupsInLines()}
  --status-only      compare statuses only: for an API with other error codes
  --json             print JSON and nothing else; no text is cut

Times keep 2 s away from their limits, because the API's clock is read from its Date header.
If the API limits refused tokens, the run waits for minutes. FAILURE_LIMIT=100000 npm start avoids that.
Exit status: 0 all answers are right, 1 an answer is wrong, 2 the command line is wrong or the API
cannot be reached.`

const OPTIONS = {
  key: { type: 'string' },
  'app-id': { type: 'string' },
  'other-key': { type: 'string' },
  ca: { type: 'string' },
  header: { type: 'string', default: 'x-token' },
  claim: { type: 'string', default: 'appId' },
  audience: { type: 'string' },
  'require-audience': { type: 'boolean', default: false },
  path: { type: 'string' },
  only: { type: 'string' },
  'status-only': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

export type Options = ReturnType<typeof readCommandLine>

/** Reads the arguments of `npm run attack`. Throws {@link UsageError}. */
export function readCommandLine(args: readonly string[]) {
  const { positionals, values } = parse(args)
  const [address = 'https://localhost:3000', surplus] = positionals
  if (surplus !== undefined) throw new UsageError(`"${surplus}" is one argument too many.`)
  const { origin, pathname, search } = readUrl(address)
  const { path = pathname === '/' ? '/whoami' : pathname + search } = values
  const { key, ca, only, help, json } = values
  return {
    url: readUrl(origin + path),
    key,
    appId: values['app-id'],
    otherKey: values['other-key'],
    ca,
    field: values.header,
    claim: values.claim,
    audience: values.audience ?? origin,
    requiresAudience: values['require-audience'],
    only: only === undefined ? undefined : readGroup(only),
    statusOnly: values['status-only'],
    json,
    help,
  }
}

/**
 * Reads the keys of the two applications that sign: those of the options, or else those that `npm start` has
 * provisioned. Throws {@link UsageError} when a file cannot be read, `KeyFileError` when it holds no private RSA key.
 */
export function readSigners({ key, appId, otherKey }: Options, secrets = SECRETS) {
  const file = key ?? provisionedKey(join(secrets, 'app-two'))
  if (file === undefined)
    throw new UsageError(
      'There is no key to sign with. Name one with --key, or run npm run keys -- provision.',
    )
  const otherFile = otherKey ?? (key === undefined ? provisionedKey(join(secrets, 'app-one')) : undefined)
  return {
    application: readSigner(file, appId),
    other: otherFile === undefined ? undefined : readSigner(otherFile),
  }
}

/** Reads the certificate of `--ca`, or else the one that provisioning has made, if there is one. */
export function readAuthority(ca: string | undefined, secrets = SECRETS): string | undefined {
  const file = ca ?? join(secrets, 'ca.pem')
  return ca === undefined && !existsSync(file) ? undefined : read(file)
}

/** The command line is wrong. */
export class UsageError extends Error {
  readonly code = 'usage'

  constructor(message: string) {
    super(`${message}\nHelp: npm run attack -- --help`)
    this.name = 'UsageError'
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['https:', 'http:'].includes(url.protocol))
    throw new UsageError(`"${text}" is not a URL such as https://localhost:3000.`)
  return url
}

function readGroup(name: string): Group {
  if (!Object.hasOwn(GROUPS, name))
    throw new UsageError(`There is no group "${name}". The groups: ${Object.keys(GROUPS).join(', ')}.`)
  return name as Group
}

function groupsInLines(): string {
  const names = Object.keys(GROUPS)
  return `${names.slice(0, 7).join(', ')},\n${' '.repeat(21)}${names.slice(7).join(', ')}`
}

function provisionedKey(folder: string): string | undefined {
  const files = existsSync(folder) ? readdirSync(folder) : []
  const file = files.find((name) => name.endsWith(privateKeyFile('')))
  return file && join(folder, file)
}

function readSigner(file: string, appId = appIdOf(file)): Signer {
  return signerOf(appId, readPrivateKey(read(file), file))
}

function appIdOf(file: string): string {
  return basename(file).replace(/(_private)?\.[^.]*$/, '')
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`)
  }
}
