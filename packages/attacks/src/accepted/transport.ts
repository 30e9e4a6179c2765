import type { Forge } from '../forge.ts'
import { ACCEPTED, each, type Fields, inGroup, type ProbeRequest } from '../probe.ts'

const NAME = 'RFC 9110 §5.1: field names are case-insensitive'
const SCHEME = 'RFC 9110 §11.1: schemes are case-insensitive'
const NO_SECOND_TOKEN = 'RFC 6750 §2: only a second token is refused'

const FIELDS: Record<
  string,
  [carry: (forge: Forge, token: string) => ProbeRequest | undefined, why: string]
> = {
  'in upper case': [({ field, carried }, token) => headers({ [field.toUpperCase()]: carried(token) }), NAME],
  'in mixed case': [({ field, carried }, token) => headers({ [capital(field)]: carried(token) }), NAME],
  'with white space around it': [
    ({ field, carried }, token) => headers({ [field]: ` \t${carried(token)} \t` }),
    'RFC 9110 §5.5: white space around a value is not part of it',
  ],
  'as Bearer': [(_, token) => headers({ authorization: `Bearer ${token}` }), 'RFC 6750 §2.1: the usual way'],
  'as bearer': [(_, token) => headers({ authorization: `bearer ${token}` }), SCHEME],
  'as BEARER': [(_, token) => headers({ authorization: `BEARER ${token}` }), SCHEME],
  'as bEaReR': [(_, token) => headers({ authorization: `bEaReR ${token}` }), SCHEME],
  'as Bearer, in AUTHORIZATION': [(_, token) => headers({ AUTHORIZATION: `Bearer ${token}` }), NAME],
  'as Bearer, with two spaces': [
    (_, token) => headers({ authorization: `Bearer  ${token}` }),
    'RFC 9110 §11.4: one space or more',
  ],
  'with Authorization: Basic': [withFields({ authorization: 'Basic dTpw' }), NO_SECOND_TOKEN],
  'with Authorization: Digest': [withFields({ authorization: 'Digest username="u"' }), NO_SECOND_TOKEN],
  'with Authorization: Negotiate': [withFields({ authorization: 'Negotiate YII=' }), NO_SECOND_TOKEN],
  'with a cookie that holds a word': [
    withFields({ cookie: 'x-token=word; token=word' }),
    'RFC 6265 §8.2: cookies are not read',
  ],
  'with x-access-token': [withFields({ 'x-access-token': 'word' }), NO_SECOND_TOKEN],
  'with Proxy-Authorization': [
    withFields({ 'proxy-authorization': 'Bearer word' }),
    'RFC 9110 §11.7.2: the field is for proxies',
  ],
  'with two x-request-id': [
    withFields({ 'x-request-id': ['one', 'two'] }),
    'RFC 9110 §5.3: a request ID is not part of the token',
  ],
  'with X-Forwarded-For': [
    withFields({ 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7' }),
    'RFC 7239 §4: the address is not a proof',
  ],
  'with a query that holds a word': [
    ({ field, carried, path }, token) => ({
      path: `${path}${path.includes('?') ? '&' : '?'}access_token=word&x-token=word`,
      headers: { [field]: carried(token) },
    }),
    'RFC 6750 §2.3: the query is not read',
  ],
  'with HEAD': [
    ({ field, carried }, token) => ({ method: 'HEAD', headers: { [field]: carried(token) } }),
    'RFC 9110 §9.3.2: as GET, but the answer has no content',
  ],
}

export const transport = inGroup('transport', [
  ...each(FIELDS, (title, [carry, why]) => ({
    name: `a token ${title}`,
    why,
    forge: (forge) => carry(forge, forge.token()),
    expect: ACCEPTED,
  })),
])

function headers(fields: Fields): ProbeRequest {
  return { headers: fields }
}

function withFields(fields: Fields) {
  return ({ field, carried }: Forge, token: string): ProbeRequest | undefined =>
    field.toLowerCase() in fields ? undefined : headers({ ...fields, [field]: carried(token) })
}

function capital(field: string): string {
  return field.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
}
