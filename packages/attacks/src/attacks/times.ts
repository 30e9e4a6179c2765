import type { Forge } from '../forge.ts'
import { LEEWAY, MAXIMUM_LIFETIME } from '../forge.ts'
import { type Codes, each, inGroup, refused } from '../probe.ts'

type Times = (forge: Forge) => Readonly<{ iat?: number; exp?: number; nbf?: number }>

const EXPIRED = 'RFC 7519 §4.1.4: before exp, with a few seconds of leeway'
const EARLY = 'RFC 7519 §4.1.5: not before nbf, with a few seconds of leeway'
const FUTURE = 'RFC 7519 §4.1.6: the time of signing is not in the future'
const LIFETIME =
  'RFC 7523 §3: an exp that is too far away is refused, so that a stolen token soon has no value'
const BACKWARDS = 'RFC 7519 §4.1.4: exp comes after iat'

const EXPIRIES: Record<string, Times> = {
  'just outside the leeway': ({ now, margin }) => ending(now - LEEWAY - margin),
  'a minute ago': ({ now }) => ending(now - 60),
  'a year ago': ({ now }) => ending(now - 31_536_000),
  'in 1970': () => ({ iat: 0, exp: 1 }),
}

const BEGINNINGS: Record<string, Times> = {
  'just outside the leeway': ({ now, margin }) => ({ nbf: now + LEEWAY + Math.max(margin, 0.001) }),
  'in a minute': ({ now }) => ({ nbf: now + 60 }),
  'in a thousand years': ({ now }) => ({ nbf: now + 31_536_000_000 }),
}

const ISSUES: Record<string, Times> = {
  'just outside the leeway': ({ now, margin }) => starting(now + LEEWAY + Math.max(margin, 0.001)),
  'in a minute': ({ now }) => starting(now + 60),
  'in a year': ({ now }) => starting(now + 31_536_000),
  'in milliseconds': ({ now }) => ({ iat: now * 1000, exp: (now + 300) * 1000 }),
}

const LIFETIMES: Record<string, Times> = {
  'that is a second too long': ({ now }) => ({ iat: now, exp: now + MAXIMUM_LIFETIME + 1 }),
  'that is a millisecond too long': ({ now }) => ({ iat: now, exp: now + MAXIMUM_LIFETIME + 0.001 }),
  'that is too long unless it is rounded': ({ now }) => ({
    iat: now - 0.4,
    exp: now + MAXIMUM_LIFETIME + 0.4,
  }),
  'of an hour': ({ now }) => ({ iat: now, exp: now + 3600 }),
  'of a hundred years': ({ now }) => ({ iat: now, exp: now + 3_153_600_000 }),
  'up to the largest number': ({ now }) => ({ iat: now, exp: Number.MAX_VALUE }),
  'with exp in milliseconds': ({ now }) => ({ iat: now, exp: (now + 300) * 1000 }),
  'since 1970': ({ now }) => ({ iat: 0, exp: now + 60 }),
  'that is too long, but nearly over': ({ now }) => ({ iat: now - 290, exp: now + 60 }),
}

const NO_LIFETIMES: Record<string, Times> = {
  'of zero seconds': ({ now }) => ({ iat: now, exp: now }),
  'that ends before it begins': ({ now }) => ({ iat: now, exp: now - 1 }),
  'that ends a millisecond before it begins': ({ now }) => ({ iat: now + 0.001, exp: now }),
}

export const times = inGroup('times', [
  ...each(EXPIRIES, (title, claims) => timed(`exp: ${title}`, EXPIRED, claims, 'token_expired')),
  ...each(BEGINNINGS, (title, claims) => timed(`nbf: ${title}`, EARLY, claims, 'token_not_yet_valid')),
  ...each(ISSUES, (title, claims) => timed(`iat: ${title}`, FUTURE, claims, 'token_issued_in_future')),
  ...each(LIFETIMES, (title, claims) =>
    timed(`a lifetime ${title}`, LIFETIME, claims, 'token_lifetime_too_long'),
  ),
  ...each(NO_LIFETIMES, (title, claims) =>
    timed(`a lifetime ${title}`, BACKWARDS, claims, 'token_malformed'),
  ),
])

function timed(name: string, why: string, claims: Times, code: Codes) {
  return { name, why, forge: (forge: Forge) => forge.token({ claims: claims(forge) }), expect: refused(code) }
}

function starting(iat: number) {
  return { iat, exp: iat + MAXIMUM_LIFETIME }
}

function ending(exp: number) {
  return { iat: exp - MAXIMUM_LIFETIME, exp }
}
