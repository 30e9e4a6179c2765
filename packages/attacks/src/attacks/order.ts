import type { Forge, Forgery } from '../forge.ts'
import { type Codes, each, inGroup, refused } from '../probe.ts'

/** Each token has two faults. The code tells which check was made first. */
const PAIRS: Record<string, [forgery: (forge: Forge) => Forgery, code: Codes]> = {
  'claims that are not JSON, and alg none': [
    () => ({ header: { alg: 'none' }, claims: 'x' }),
    'token_malformed',
  ],
  'alg none, and crit': [() => ({ header: { alg: 'none', crit: ['b'] } }), 'algorithm_not_allowed'],
  'alg none, and empty claims': [() => ({ header: { alg: 'none' }, claims: '{}' }), 'algorithm_not_allowed'],
  'crit, and expired': [(forge) => ({ header: { crit: ['b'] }, claims: expired(forge) }), 'token_malformed'],
  'aud null, and expired': [(forge) => ({ claims: { ...expired(forge), aud: null } }), 'token_malformed'],
  'expired, and nbf in the future': [
    (forge) => ({ claims: { ...expired(forge), nbf: forge.now + 60 } }),
    'token_expired',
  ],
  'expired, and too long a lifetime': [
    ({ now }) => ({ claims: { iat: now - 3600, exp: now - 60 } }),
    'token_expired',
  ],
  'nbf and iat in the future': [
    ({ now }) => ({ claims: { iat: now + 60, exp: now + 120, nbf: now + 60 } }),
    'token_not_yet_valid',
  ],
  'iat in the future, and too long a lifetime': [
    ({ now }) => ({ claims: { iat: now + 60, exp: now + 600 } }),
    'token_issued_in_future',
  ],
  'too long a lifetime, and another issuer': [
    ({ now }) => ({ claims: { exp: now + 600, iss: 'else' } }),
    'token_lifetime_too_long',
  ],
  'another issuer, and another audience': [
    () => ({ claims: { iss: 'else', aud: 'else' } }),
    'issuer_mismatch',
  ],
  'another audience, and an unknown application': [
    ({ unknownSigner }) => ({ appId: unknownSigner.appId, claims: { aud: 'else' } }),
    'audience_mismatch',
  ],
  'expired, and without a signature': [
    (forge) => ({ claims: expired(forge), sign: () => Buffer.alloc(0) }),
    'token_expired',
  ],
}

/**
 * RFC 7519 §7.2 leaves the order of checks open. Here it is part of the contract, so that a caller can rely on the code
 * whatever else is wrong with its token.
 */
export const order = inGroup(
  'order',
  each(PAIRS, (title, [forgery, code]) => ({
    name: `two faults: ${title}`,
    why: 'RFC 7519 §7.2 leaves the order open; this contract defines it',
    forge: (forge) => forge.token(forgery(forge)),
    expect: refused(code),
  })),
)

function expired({ now }: Forge) {
  return { iat: now - 120, exp: now - 60 }
}
