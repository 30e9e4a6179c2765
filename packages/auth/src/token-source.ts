import type { KeyObject } from 'node:crypto'
import { basename } from 'node:path'
import { APP_ID } from './applications.ts'
import { type Claims, LEEWAY, MAXIMUM_LIFETIME } from './claims.ts'
import { KeyFileError } from './errors.ts'
import { loadPrivateKey, privateKeyFile } from './key-file.ts'
import { thumbprint } from './key-pair.ts'
import { pollFile } from './polled-file.ts'
import { signToken } from './sign.ts'
import { type Header, readToken } from './token.ts'

/** The part of a token's lifetime after which the next token is signed. */
const RENEWAL = 0.8
/** Milliseconds: the largest clock difference to the API that is corrected. */
const MAXIMUM_CLOCK_DIFFERENCE = 15 * 60_000
/** How many refusals in succession must agree on a clock before it replaces one with which tokens were accepted. */
const AGREEMENT = 5

export type TokenSource = Readonly<{
  appId: string
  /** The origin of the API that the tokens are for. They must be sent to no other. */
  audience: string
  /** The token to send now. */
  issue(): { token: string; issued: Issued }
  /** After an answer that is no refusal: the clock in use is right. */
  accepted(): void
  /** After a refusal: whether one more try with another token may succeed. */
  renew(refused: Issued, refusal: Refusal): boolean
}>

/** A token without its signature, so that it may be shown. `milliseconds` is the time to sign or find it. */
export type Issued = Readonly<{ header: Header; claims: Claims; reused: boolean; milliseconds: number }>

/** The API's answer: its `code`, and its clock (the `Date` header). */
export type Refusal = Readonly<{ code: unknown; date: unknown }>

/** What the operator should know. `milliseconds`: the API's clock minus ours. */
export type Notice =
  | { kind: 'clock_difference'; milliseconds: number; corrected: boolean }
  | { kind: 'key_unusable'; fault: Error }

/**
 * Tokens of one application for one audience. A token is reused until a fifth of its lifetime is left. Then the next one is
 * signed while callers still get the old one: parallel callers share one signing, and none of them waits. A new private key
 * is seen within a second. Throws `KeyFileError` or the file system's error when there is no key to begin with. When the
 * file cannot be used later, `onNotice` is called, and the last good key stays in use. Throws `RangeError` for a lifetime, and
 * `TypeError` for an audience, with which the API would refuse every token.
 * @example openTokenSource({ file: 'private-key/reporting_private.pem', audience: 'https://api.example.com' })
 */
export function openTokenSource(options: TokenSourceOptions): TokenSource {
  const { file, audience, lifetime = MAXIMUM_LIFETIME, now = Date.now, onNotice = () => {} } = options
  const appId = applicationOf(file)
  if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > MAXIMUM_LIFETIME)
    throw new RangeError(`lifetime must be 1 to ${MAXIMUM_LIFETIME} whole seconds`)
  if (URL.parse(audience)?.origin !== audience)
    throw new TypeError('audience must be an origin, such as https://api.example.com')
  const readKey = pollFile({ file, load: (): Held => ({ key: loadPrivateKey(file) }), recover, now })
  let clockDifference = 0
  // The first answer may come from a replica with a wrong clock. The second one may correct that.
  let freeCorrections = 2
  let disagreeing: number[] = []
  let current: Signed | undefined
  let ahead: NodeJS.Immediate | undefined

  function issue() {
    const start = performance.now()
    const signed = usable() ?? sign()
    const { token, header, claims, reused } = signed
    signed.reused = true
    return { token, issued: { header, claims, reused, milliseconds: performance.now() - start } }
  }

  function usable(): Signed | undefined {
    if (!current || current.key !== readKey().key) return undefined
    const { iat, exp } = current.claims
    if (clock() >= exp * 1000) return undefined
    if (clock() >= (iat + (exp - iat) * RENEWAL) * 1000) ahead ??= setImmediate(sign)
    return current
  }

  function sign(): Signed {
    clearImmediate(ahead)
    ahead = undefined
    const { key } = readKey()
    const token = signToken({ appId, privateKey: key, audience, lifetime, now: clock })
    current = { token, key, ...readToken(token), reused: false }
    return current
  }

  function accepted(): void {
    freeCorrections = 0
    disagreeing = []
  }

  function renew(refused: Issued, { code, date }: Refusal): boolean {
    if (code === 'token_rejected') return thumbprint(readKey(true).key) !== refused.header.kid
    const milliseconds = Date.parse(String(date)) - now()
    if (!isAboutTime(code, refused.claims, now() + milliseconds)) return false
    const renewedMeanwhile = refused.claims.jti !== current?.claims.jti
    return renewedMeanwhile || considerClock(milliseconds)
  }

  /** One replica of the API may have a wrong clock, so one answer does not replace a clock with which tokens were accepted. */
  function considerClock(milliseconds: number): boolean {
    disagreeing = [
      ...disagreeing.filter((other) => Math.abs(other - milliseconds) <= LEEWAY * 1000),
      milliseconds,
    ]
    const isCorrectable = Math.abs(milliseconds) <= MAXIMUM_CLOCK_DIFFERENCE
    const corrected = isCorrectable && (freeCorrections > 0 || disagreeing.length >= AGREEMENT)
    onNotice({ kind: 'clock_difference', milliseconds, corrected })
    if (corrected) {
      clockDifference = milliseconds
      freeCorrections--
      disagreeing = []
    }
    // The next token has another ID, so that parallel refusals of one token count as one.
    if (isCorrectable) current = undefined
    return isCorrectable
  }

  function clock(): number {
    return now() + clockDifference
  }

  function recover(fault: Error, last: Held | undefined): Held {
    if (!last) throw fault
    if (last.fault?.message !== fault.message) onNotice({ kind: 'key_unusable', fault })
    return { key: last.key, fault }
  }

  readKey()
  return { appId, audience, issue, accepted, renew }
}

type TokenSourceOptions = {
  /** The private key. The file's name, `<appId>_private.pem`, gives the application ID. */
  file: string
  /** The origin of the API, such as `https://localhost:3000`. */
  audience: string
  /** Whole seconds, 300 by default and at most. */
  lifetime?: number
  now?: () => number
  onNotice?: (notice: Notice) => void
}

/** Whether a token was refused for its times. A limit of refused tokens hides the reason, but not the clock, of the API. */
function isAboutTime(code: unknown, { iat, exp }: Claims, apiTime: number): boolean {
  if (code === 'token_expired' || code === 'token_issued_in_future') return true
  return code === 'rate_limited' && (apiTime >= (exp + LEEWAY) * 1000 || apiTime < (iat - LEEWAY) * 1000)
}

type Held = { key: KeyObject; fault?: Error }
type Signed = { token: string; key: KeyObject; header: Header; claims: Claims; reused: boolean }

function applicationOf(file: string): string {
  const appId = basename(file).slice(0, -privateKeyFile('').length)
  if (basename(file) !== privateKeyFile(appId) || !APP_ID.test(appId))
    throw new KeyFileError(file, `must be named ${privateKeyFile('<appId>')}`)
  return appId
}
