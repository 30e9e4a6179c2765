import type { Forge } from '../forge.ts'
import { each, inGroup, type ProbeRequest, refused } from '../probe.ts'

const SECOND = { claims: { jti: 'the second' } }

const ONE = 'RFC 6750 §2: one method, and one token'
const FIELDS = 'RFC 9110 §5.3: such a field is sent once; which one counts depends on who reads'

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
  'a good token, then a word': [(forge) => twice(forge, forge.token(), 'word'), FIELDS],
  'a word, then a good token': [(forge) => twice(forge, 'word', forge.token()), FIELDS],
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
  'a good one in x-token, and a word as Bearer': [
    ({ token, field }) => both(field, token(), 'Bearer word'),
    ONE,
  ],
  'a word in x-token, and a good one as Bearer': [
    ({ token, field }) => both(field, 'word', `bearer ${token()}`),
    ONE,
  ],
}

export const transportTwice = inGroup('transport', [
  ...each(TWICE, (title, [forge, why]) => ({
    name: title,
    why,
    forge,
    expect: refused('token_ambiguous', 400),
  })),
  {
    name: 'two tokens in one field, with a comma between',
    why: 'RFC 9110 §5.3: as a proxy joins two fields; both codes are true of it',
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
