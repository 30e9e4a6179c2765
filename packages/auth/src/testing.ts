import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { thumbprint } from './key-pair.ts'

/** A key pair with its key ID, and the public half as PEM for a key file. */
export type TestKeyPair = Readonly<{
  publicKey: KeyObject
  privateKey: KeyObject
  keyId: string
  publicPem: string
  privatePem: string
}>

/**
 * The key pair of this name: 2048 bits, generated when first asked for and the same for the whole process.
 * @example const { privateKey, publicPem } = keyPair('reporting')
 */
export function keyPair(name = 'main'): TestKeyPair {
  const pair = KEY_PAIRS.get(name) ?? newKeyPair()
  KEY_PAIRS.set(name, pair)
  return pair
}

/**
 * A clock that changes only when it is told to. Pass its `now` (milliseconds since 1970) to the library.
 * @example const clock = createClock()
 */
export function createClock(start = Date.parse('2026-01-31T12:00:00Z')) {
  let time = start
  return {
    now: () => time,
    seconds: () => time / 1000,
    set: (milliseconds: number) => {
      time = milliseconds
    },
    advance: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

/** Raw bytes or text, or members that replace those of a valid token. `undefined` removes a member. */
export type Part = string | Buffer | Readonly<Record<string, unknown>>

/** What may be wrong with a token. Everything else is valid, the signature included. */
export type Defect = Readonly<{
  header?: Part
  payload?: Part
  privateKey?: KeyObject
  /** The encoding of header and payload; base64url by default. */
  encode?: (bytes: Buffer) => string
  /** Makes the third part from the first two, joined by a dot. */
  signature?: (input: string) => string | Buffer
}>

/**
 * Returns a function that makes a valid token of `appId` with one defect, so that only the defect can cause a refusal. It
 * signs with `node:crypto`, not with the library under test.
 * @example createForge({ appId: 'reporting', audience })({ header: { alg: 'none' } }) // a token to refuse
 */
export function createForge({ appId, pair = keyPair(), audience, now = Date.now }: ForgeOptions) {
  return function forge({ header = {}, payload = {}, ...defect }: Defect = {}): string {
    const { privateKey = pair.privateKey, encode = base64url, signature = signWith(privateKey) } = defect
    const iat = Math.floor(now() / 1000)
    const good = { appId, iss: appId, iat, exp: iat + 300, ...(audience && { aud: audience }) }
    const input = [
      encode(bytesOf(header, { alg: 'RS512', typ: 'JWT', kid: pair.keyId })),
      encode(bytesOf(payload, good)),
    ].join('.')
    const last = signature(input)
    return `${input}.${typeof last === 'string' ? last : base64url(last)}`
  }
}

type ForgeOptions = { appId: string; pair?: TestKeyPair; audience?: string; now?: () => number }

const KEY_PAIRS = new Map<string, TestKeyPair>()

function newKeyPair(): TestKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { publicKey, privateKey, keyId: thumbprint(publicKey), publicPem, privatePem }
}

function bytesOf(part: Part, good: object): Buffer {
  if (typeof part === 'string' || Buffer.isBuffer(part)) return Buffer.from(part)
  return Buffer.from(JSON.stringify({ ...good, ...part }))
}

function base64url(bytes: Buffer): string {
  return bytes.toString('base64url')
}

function signWith(key: KeyObject): (input: string) => Buffer {
  return (input) => sign('sha512', Buffer.from(input), { key, padding: constants.RSA_PKCS1_PADDING })
}
