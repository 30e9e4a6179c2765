import type { Forge } from '../forge.ts'
import { ACCEPTED, each, inGroup } from '../probe.ts'

type Members = (forge: Forge) => Record<string, unknown>

const OPTIONAL = 'RFC 7519 §4.1: optional'
const AUDIENCE = 'RFC 7519 §4.1.3: one string or several, one of which is the API'
const TOKEN_ID = 'RFC 7519 §4.1.7: the API keeps no list of used tokens'
const IGNORED = 'RFC 7519 §4: unknown claims are ignored'
const NO_POWER = 'RFC 8725 §3.10: the application registry says what a caller may do'

const ELSEWHERE = 'https://elsewhere.example'

const CLAIMS: Record<string, [members: Members, why: string]> = {
  'without jti': [() => ({ jti: undefined }), OPTIONAL],
  'without iss': [() => ({ iss: undefined }), OPTIONAL],
  'with aud as a list of one': [({ audience }) => ({ aud: [audience] }), AUDIENCE],
  'with aud as a list, the right one first': [({ audience }) => ({ aud: [audience, ELSEWHERE] }), AUDIENCE],
  'with aud as a list, the right one last': [({ audience }) => ({ aud: [ELSEWHERE, audience] }), AUDIENCE],
  'with aud as a list, the right one twice': [({ audience }) => ({ aud: [audience, audience] }), AUDIENCE],
  'with aud as a list, an empty text before the right one': [
    ({ audience }) => ({ aud: ['', audience] }),
    AUDIENCE,
  ],
  'with aud as a list of fifty': [
    ({ audience }) => ({ aud: [...Array(49).fill(ELSEWHERE), audience] }),
    AUDIENCE,
  ],
  'with an empty jti': [() => ({ jti: '' }), TOKEN_ID],
  'with jti null': [() => ({ jti: null }), TOKEN_ID],
  'with jti a number': [() => ({ jti: 7 }), TOKEN_ID],
  'with jti a list': [() => ({ jti: ['a', 1] }), TOKEN_ID],
  'with jti an object': [() => ({ jti: { id: 1 } }), TOKEN_ID],
  'with a jti of 1,000 characters': [() => ({ jti: 'j'.repeat(1000) }), TOKEN_ID],
  'with a jti in several scripts': [() => ({ jti: 'ключ-鍵-🔑' }), TOKEN_ID],
  'with a jti that was seen before': [() => ({ jti: 'always the same' }), TOKEN_ID],
  'with sub': [() => ({ sub: 'a subject' }), IGNORED],
  'with sub null': [() => ({ sub: null }), IGNORED],
  'with auth_time, nonce and azp': [() => ({ auth_time: 0, nonce: 'n', azp: 'x' }), IGNORED],
  'with cnf, a confirmation key': [() => ({ cnf: { jkt: 'x' } }), IGNORED],
  'with claims of another system': [() => ({ 'https://a.example/claim': [true, null, { b: 1 }] }), IGNORED],
  'with an empty name': [() => ({ '': 1 }), IGNORED],
  'with names in several scripts': [
    () => ({ имя: 'Zoë', 名前: 'さくら', שם: 'נועה' }),
    'RFC 8725 §3.7: UTF-8',
  ],
  'with emoji': [() => ({ note: '👩‍👩‍👧‍👦 🔑 🇪🇺' }), 'RFC 8725 §3.7: UTF-8'],
  'with APPID, which is not appId': [() => ({ APPID: 'else' }), 'RFC 7519 §4: names are case-sensitive'],
  'with AUD, which is not aud': [() => ({ AUD: ELSEWHERE }), 'RFC 7519 §4: names are case-sensitive'],
  'with exp in an object': [() => ({ note: { exp: 1, nbf: 4_102_444_800 } }), IGNORED],
  'with names that objects inherit': [
    () => ({ constructor: 1, hasOwnProperty: 2 }),
    'RFC 8259 §4: any string may be a name',
  ],
  'with permissions, which are ignored': [() => ({ permissions: ['*'] }), NO_POWER],
  'with scp, which is ignored': [() => ({ scp: ['*'], scopes: '*' }), NO_POWER],
  'with roles, which are ignored': [() => ({ admin: true, role: 'admin', roles: ['*'] }), NO_POWER],
  'with name and keyId, which are ignored': [() => ({ name: 'api', keyId: 'k' }), NO_POWER],
  'with revokedAt, which is ignored': [() => ({ revokedAt: '2020-01-01T00:00:00Z' }), NO_POWER],
}

const anyClaims = inGroup(
  'claims',
  each(CLAIMS, (title, [members, why]) => ({
    name: `claims ${title}`,
    why,
    forge: (forge) => forge.token({ claims: members(forge) }),
    expect: ACCEPTED,
  })),
)

const WITHOUT_AUDIENCE: Record<string, Record<string, undefined>> = {
  'without aud': { aud: undefined },
  'of the minimal jwt.sign call: appId, iat and exp': { jti: undefined, iss: undefined, aud: undefined },
}

const withoutAudience = inGroup(
  'claims',
  each(WITHOUT_AUDIENCE, (title, members) => ({
    name: `claims ${title}`,
    why: `${OPTIONAL}, unless the API requires an audience`,
    forge: ({ token }) => token({ claims: members }),
    expect: ACCEPTED,
    lacksAudience: true,
  })),
)

const NARROWS = 'RFC 8693 §4.2: a list of words with spaces between them; it only narrows'

/** The permissions that remain. */
const SCOPES: Record<string, [scope: string, left: (granted: readonly string[]) => readonly string[]]> = {
  'of one permission': ['users:read', (granted) => only(granted, 'users:read')],
  'of two': ['users:read orders:read', (granted) => only(granted, 'users:read', 'orders:read')],
  'of three, in another order': [
    'orders:write orders:read users:read',
    (granted) => only(granted, 'users:read', 'orders:read', 'orders:write'),
  ],
  'of all permissions': ['*', (granted) => granted],
  'of one permission and all': ['users:read *', (granted) => granted],
  'that is empty': ['', () => []],
  'of a space': [' ', () => []],
  'of unknown words': ['openid profile email', () => []],
  'of a permission that no application has': ['secrets:read', (granted) => only(granted, 'secrets:read')],
  'of a word that starts with a permission': [
    'users:readwrite',
    (granted) => only(granted, 'users:readwrite'),
  ],
  'of a permission in upper case': ['USERS:READ', () => []],
  'of an incomplete permission': ['users', () => []],
  'of a pattern': ['users:*', () => []],
  'with two spaces between words': [
    'users:read  orders:read',
    (granted) => only(granted, 'users:read', 'orders:read'),
  ],
  'with a tab between words': ['users:read\torders:read', () => []],
  'with a comma between words': ['users:read,orders:read', () => []],
}

const scopes = inGroup(
  'claims',
  each(SCOPES, (title, [value, permissions]) => ({
    name: `a scope ${title}`,
    why: NARROWS,
    forge: ({ token }) => token({ claims: { scope: value } }),
    expect: { status: 200, permissions },
  })),
)

export const claims = [...anyClaims, ...withoutAudience, ...scopes]

function only(granted: readonly string[], ...asked: string[]): readonly string[] {
  return granted.includes('*') ? asked : granted.filter((permission) => asked.includes(permission))
}
