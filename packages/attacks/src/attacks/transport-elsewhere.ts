import type { Forge } from '../forge.ts'
import { each, inGroup, type ProbeRequest, refused } from '../probe.ts'

const NOT_LOOKED_AT = 'RFC 9700 §4.3.2: a token there ends in logs, histories and caches'
const SCHEME = 'RFC 6750 §2.1: Authorization carries it as Bearer'
const SPACE = 'RFC 9110 §11.4: a space stands behind the scheme, at least one'
const NAME = 'RFC 9110 §5.1: another field is another field'

const ELSEWHERE: Record<string, [carry: (forge: Forge) => ProbeRequest, why: string]> = {
  nowhere: [() => ({}), 'RFC 6750 §3.1: no token, and so no error in the challenge'],
  'in an empty field': [
    ({ field }) => ({ headers: { [field]: '' } }),
    'RFC 6750 §3.1: no token, and so no error in the challenge',
  ],
  'in a field of white space': [
    ({ field }) => ({ headers: { [field]: ' \t ' } }),
    'RFC 9110 §5.5: white space about a value is none of it',
  ],
  'in the query, as access_token': [
    ({ token, path }) => inQuery(path, 'access_token', token()),
    'RFC 6750 §2.3: not in a query',
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
  'in Authorization, Bearer and no space': [
    ({ token }) => ({ headers: { authorization: `Bearer${token()}` } }),
    SPACE,
  ],
  'in Authorization, Bearer and a colon': [
    ({ token }) => ({ headers: { authorization: `Bearer:${token()}` } }),
    SPACE,
  ],
  'in Authorization, which says Bearer and no more': [
    () => ({ headers: { authorization: 'Bearer' } }),
    SCHEME,
  ],
  'in Proxy-Authorization': [
    ({ token }) => ({ headers: { 'proxy-authorization': `Bearer ${token()}` } }),
    'RFC 9110 §11.7.2: for the next proxy',
  ],
  'in x-access-token': [({ token }) => ({ headers: { 'x-access-token': token() } }), NAME],
  'in x_token': [({ token }) => ({ headers: { x_token: token() } }), NAME],
  'in x-token-': [({ token }) => ({ headers: { 'x-token-': token() } }), NAME],
  'in X-Forwarded-Authorization': [
    ({ token }) => ({ headers: { 'x-forwarded-authorization': `Bearer ${token()}` } }),
    NAME,
  ],
}

export const transportElsewhere = inGroup(
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
