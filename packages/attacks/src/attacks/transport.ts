import type { Forge } from '../forge.ts'
import { each, inGroup, type ProbeRequest, refused } from '../probe.ts'
import { CVE } from './cve.ts'

const SECOND = { claims: { jti: 'the second' } }

const ONE = 'RFC 6750 §2: one token, sent in one way'
const FIELDS = 'RFC 9110 §5.3: such a field is sent once; of two, different programs use different ones'

const TWICE: Record<string, [carry: (forge: Forge) => ProbeRequest | undefined, why: string]> = {
  'two tokens in two fields of the same name': [
    (forge) => twice(forge, forge.token(), forge.token(SECOND)),
    ONE,
  ],
  'the same token twice': [
    (forge) => {
      const token = forge.token()
      return twice(forge, token, token)
    },
    ONE,
  ],
  'a valid token, then a word': [(forge) => twice(forge, forge.token(), 'word'), FIELDS],
  'a word, then a valid token': [(forge) => twice(forge, 'word', forge.token()), FIELDS],
  'two Authorization fields, both Bearer': [
    ({ token }) => ({ headers: { authorization: [`Bearer ${token()}`, `Bearer ${token(SECOND)}`] } }),
    ONE,
  ],
  'two Authorization fields, one of them Basic': [
    ({ token }) => ({ headers: { authorization: ['Basic dTpw', `Bearer ${token()}`] } }),
    FIELDS,
  ],
  'one in x-token, and one as Bearer': [
    ({ token, field }) => both(field, token(), `Bearer ${token(SECOND)}`),
    ONE,
  ],
  'a valid one in x-token, and a word as Bearer': [
    ({ token, field }) => both(field, token(), 'Bearer word'),
    ONE,
  ],
  'a word in x-token, and a valid one as Bearer': [
    ({ token, field }) => both(field, 'word', `bearer ${token()}`),
    ONE,
  ],
}

const twoTokens = inGroup('transport', [
  ...each(TWICE, (title, [forge, why]) => ({
    name: title,
    why,
    forge,
    expect: refused('token_ambiguous', 400),
  })),
  {
    name: 'two tokens in one field, with a comma between them',
    why: 'RFC 9110 §5.3: a proxy joins two fields like this; both codes are right',
    forge: ({ token, field, carried }) => ({
      headers: { [field]: `${carried(token())}, ${carried(token(SECOND))}` },
    }),
    expect: refused(['token_malformed', 'token_ambiguous']),
  },
])

function twice({ field, carried }: Forge, first: string, second: string): ProbeRequest {
  return { headers: { [field]: [carried(first), carried(second)] } }
}

function both(field: string, own: string, authorization: string): ProbeRequest | undefined {
  return field.toLowerCase() === 'authorization' ? undefined : { headers: { [field]: own, authorization } }
}

const NOT_LOOKED_AT = 'RFC 9700 §4.3.2: a token there gets into logs, histories and caches'
const SCHEME = 'RFC 6750 §2.1: Authorization carries a token as Bearer'
const SPACE = 'RFC 9110 §11.4: at least one space follows the scheme'
const NAME = 'RFC 9110 §5.1: another name is another field'

const ELSEWHERE: Record<string, [carry: (forge: Forge) => ProbeRequest, why: string]> = {
  'left out': [() => ({}), 'RFC 6750 §3.1: without a token, the challenge has no error'],
  'in an empty field': [
    ({ field }) => ({ headers: { [field]: '' } }),
    'RFC 6750 §3.1: without a token, the challenge has no error',
  ],
  'in a field of white space': [
    ({ field }) => ({ headers: { [field]: ' \t ' } }),
    'RFC 9110 §5.5: white space around a value is not part of it',
  ],
  'in the query, as access_token': [
    ({ token, path }) => inQuery(path, 'access_token', token()),
    'RFC 6750 §2.3: not in the query',
  ],
  'in the query, as x-token': [({ token, path }) => inQuery(path, 'x-token', token()), NOT_LOOKED_AT],
  'in the query, as token': [({ token, path }) => inQuery(path, 'token', token()), NOT_LOOKED_AT],
  'in a cookie': [
    ({ token }) => ({ headers: { cookie: `x-token=${token()}; token=${token()}` } }),
    NOT_LOOKED_AT,
  ],
  'in a form': [
    ({ token }) => ({
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `access_token=${token()}`,
    }),
    'RFC 6750 §2.2: not in a form',
  ],
  'in JSON': [
    ({ token }) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: token(), 'x-token': token() }),
    }),
    NOT_LOOKED_AT,
  ],
  'in Authorization, without a scheme': [({ token }) => ({ headers: { authorization: token() } }), SCHEME],
  'in Authorization, as Basic': [({ token }) => ({ headers: { authorization: `Basic ${token()}` } }), SCHEME],
  'in Authorization, as JWT': [({ token }) => ({ headers: { authorization: `JWT ${token()}` } }), SCHEME],
  'in Authorization, as DPoP': [
    ({ token }) => ({ headers: { authorization: `DPoP ${token()}` } }),
    'RFC 9449 §7.1: DPoP is another scheme',
  ],
  'in Authorization, Bearer without a space': [
    ({ token }) => ({ headers: { authorization: `Bearer${token()}` } }),
    SPACE,
  ],
  'in Authorization, as Bearer with a colon': [
    ({ token }) => ({ headers: { authorization: `Bearer:${token()}` } }),
    SPACE,
  ],
  'in Authorization, Bearer without a token': [() => ({ headers: { authorization: 'Bearer' } }), SCHEME],
  'in Proxy-Authorization': [
    ({ token }) => ({ headers: { 'proxy-authorization': `Bearer ${token()}` } }),
    'RFC 9110 §11.7.2: the field is for proxies',
  ],
  'in x-access-token': [({ token }) => ({ headers: { 'x-access-token': token() } }), NAME],
  'in x_token': [({ token }) => ({ headers: { x_token: token() } }), NAME],
  'in x-token-': [({ token }) => ({ headers: { 'x-token-': token() } }), NAME],
  'in X-Forwarded-Authorization': [
    ({ token }) => ({ headers: { 'x-forwarded-authorization': `Bearer ${token()}` } }),
    NAME,
  ],
}

const elsewhere = inGroup(
  'transport',
  each(ELSEWHERE, (title, [forge, why]) => ({
    name: `a token ${title}`,
    why,
    forge,
    expect: refused('token_missing'),
  })),
)

function inQuery(path: string, name: string, token: string): ProbeRequest {
  return { path: `${path}${path.includes('?') ? '&' : '?'}${name}=${token}` }
}

const BY_POSITION = 'RFC 3986 §6.2: a URL has many spellings, so a test of the path cannot protect a route'
const METHOD = 'RFC 9110 §9.1: a client may send any method'
const OVERRIDE = CVE['2018-14773']

const REQUESTS: Record<string, [request: (forge: Forge) => ProbeRequest, why: string]> = {
  'with a slash after the path': [({ path }) => ({ path: `${path}/` }), BY_POSITION],
  'with a slash before the path': [({ path }) => ({ path: `/${path}` }), BY_POSITION],
  'in upper case': [({ path }) => ({ path: path.toUpperCase() }), BY_POSITION],
  'in percent encoding': [({ path }) => ({ path: encoded(path) }), BY_POSITION],
  'through an open route': [({ path }) => ({ path: `/healthz/..${path}` }), BY_POSITION],
  'through an open route, encoded': [({ path }) => ({ path: `/healthz%2f..${path}` }), BY_POSITION],
  'with an open route after it': [({ path }) => ({ path: `${path};/healthz` }), BY_POSITION],
  'with an open route in the query': [({ path }) => ({ path: `${path}?/healthz` }), BY_POSITION],
  'for a route that does not exist': [() => ({ path: '/no-such-route' }), BY_POSITION],
  'for the keys': [() => ({ path: '/secrets/api/public-keys' }), BY_POSITION],
  'for a key file': [({ application }) => ({ path: `/${application.appId}_public.pem` }), BY_POSITION],
  'with OPTIONS': [() => ({ method: 'OPTIONS' }), METHOD],
  'with POST': [() => ({ method: 'POST' }), METHOD],
  'with DELETE': [() => ({ method: 'DELETE' }), METHOD],
  'with PROPFIND': [() => ({ method: 'PROPFIND' }), METHOD],
  'with X-Original-URL': [({ path }) => ({ headers: { 'x-original-url': '/healthz' }, path }), OVERRIDE],
  'with X-Rewrite-URL': [({ path }) => ({ headers: { 'x-rewrite-url': '/healthz' }, path }), OVERRIDE],
  'with X-HTTP-Method-Override': [() => ({ headers: { 'x-http-method-override': 'OPTIONS' } }), METHOD],
  'with X-Forwarded-For: 127.0.0.1': [
    () => ({ headers: { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' } }),
    'RFC 7239 §8.1: the field can be forged',
  ],
}

/** Requests without a token. Each has bypassed some other server. */
const noToken = inGroup('transport', [
  ...each(REQUESTS, (title, [forge, why]) => ({
    name: `no token: ${title}`,
    why,
    forge,
    expect: refused('token_missing'),
  })),
  {
    name: 'no token: with HEAD',
    why: 'RFC 9110 §9.3.2: as GET, but the answer has no content',
    forge: () => ({ method: 'HEAD' }),
    expect: { status: 401 },
  },
])

export const transport = [...twoTokens, ...elsewhere, ...noToken]

function encoded(path: string): string {
  return path.replace(/\w/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
}
