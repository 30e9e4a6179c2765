import type { Forge, Part } from '../forge.ts'
import { LEEWAY, MAXIMUM_LIFETIME } from '../forge.ts'
import { ACCEPTED, each, inGroup } from '../probe.ts'

const LIFETIME = 'RFC 7519 §4.1.4: any lifetime up to the maximum'
const CLOCKS = 'RFC 7519 §4.1.4, §4.1.5: a few seconds of leeway, because clocks differ'
const FRACTIONS = 'RFC 7519 §2: a NumericDate may have a fraction'

const LIFETIMES = [1, 2, 5, 10, 30, 60, 120, 180, 240, 299, 299.999, 300]

const TIMES: Record<string, [claims: (forge: Forge) => Part, why: string]> = {
  'expired within the leeway': [({ now, margin }) => ending(now - LEEWAY + inside(margin)), CLOCKS],
  'expired this second': [({ now }) => ending(now), CLOCKS],
  'issued in the future, within the leeway': [
    ({ now, margin }) => starting(now + LEEWAY - inside(margin)),
    CLOCKS,
  ],
  'issued one second in the future': [({ now }) => starting(now + 1), CLOCKS],
  'not valid yet, within the leeway': [({ now, margin }) => ({ nbf: now + LEEWAY - inside(margin) }), CLOCKS],
  'valid from this second on': [({ now }) => ({ nbf: now }), 'RFC 7519 §4.1.5: now may equal nbf'],
  'valid for a minute already': [({ now }) => ({ nbf: now - 60 }), 'RFC 7519 §4.1.5: nbf is in the past'],
  'valid since 1970': [() => ({ nbf: 0 }), 'RFC 7519 §4.1.5: nbf is in the past'],
  'valid before it was issued': [
    ({ now }) => ({ nbf: now - 3600, iat: now }),
    'RFC 7519 §4.1.5: nbf is in the past',
  ],
  'issued some time ago, nearly expired': [({ now }) => ending(now + 10), LIFETIME],
  'issued at half a second': [({ now }) => ({ iat: now - 0.5, exp: now + 60 }), FRACTIONS],
  'expiring at half a second': [({ now }) => ({ exp: now + 60.5 }), FRACTIONS],
  'of the maximum lifetime, with iat and exp at half a second': [({ now }) => starting(now - 0.5), FRACTIONS],
  'of a lifetime of half a second': [({ now }) => ({ iat: now, exp: now + 0.5 }), FRACTIONS],
  'valid from half a second on': [({ now }) => ({ nbf: now - 0.5 }), FRACTIONS],
  'with times in microseconds, as Python writes them': [
    ({ now }) => ({ iat: now - 0.123456, exp: now + 60.654321 }),
    FRACTIONS,
  ],
  'with times that end in .0': [
    ({ now }) => written(now, (time) => `${time}.0`),
    'RFC 8259 §6: a number has several spellings',
  ],
  'with times that have an exponent': [
    ({ now }) => written(now, (time) => `${time / 1e9}e9`),
    'RFC 8259 §6: a number has several spellings',
  ],
  'with times that have an exponent, with a capital E': [
    ({ now }) => written(now, (time) => `${time}E+0`),
    'RFC 8259 §6',
  ],
}

export const times = inGroup('times', [
  ...LIFETIMES.map((seconds) => ({
    name: `a lifetime of ${seconds} s`,
    why: LIFETIME,
    forge: ({ token, now }: Forge) => token({ claims: { iat: now, exp: now + seconds } }),
    expect: ACCEPTED,
  })),
  ...each(TIMES, (title, [claims, why]) => ({
    name: `a token ${title}`,
    why,
    forge: (forge) => forge.token({ claims: claims(forge) }),
    expect: ACCEPTED,
  })),
])

/** The limit itself is outside. */
function inside(margin: number): number {
  return Math.max(margin, 0.001)
}

function starting(iat: number) {
  return { iat, exp: iat + MAXIMUM_LIFETIME }
}

function ending(exp: number) {
  return { iat: exp - MAXIMUM_LIFETIME, exp }
}

/** The same numbers in another spelling. */
function written(now: number, spell: (time: number) => string): Part {
  return (good) =>
    good
      .replace(/"iat":\d+/, `"iat":${spell(now)}`)
      .replace(/"exp":\d+/, `"exp":${spell(now + MAXIMUM_LIFETIME)}`)
}
