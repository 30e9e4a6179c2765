import { base64url } from '../forge.ts'
import { each, inGroup, refused } from '../probe.ts'
import { CVE } from './cve.ts'

type Assemble = (header: string, claims: string, signature: string) => string

const COMPACT = 'RFC 7515 §7.1: header, payload and signature with dots between them'

const SHAPES: Record<string, [assemble: Assemble, why: string]> = {
  'one part': [(header) => header, COMPACT],
  'two parts, without the signature and its dot': [(header, claims) => `${header}.${claims}`, COMPACT],
  'two parts, without the header': [(_, ...rest) => rest.join('.'), COMPACT],
  'four parts, the last one empty': [(...parts) => `${parts.join('.')}.`, COMPACT],
  'four parts, the first one empty': [(...parts) => `.${parts.join('.')}`, COMPACT],
  'four parts, the signature twice': [(...parts) => [...parts, parts[2]].join('.'), COMPACT],
  'five parts, as a JWE': [(...parts) => jwe(parts), CVE['2019-18848']],
  'six parts': [(...parts) => [...parts, ...parts].join('.'), COMPACT],
  'two dots and nothing else': [() => '..', COMPACT],
  'a dot': [() => '.', COMPACT],
  'an empty header': [(_, claims, signature) => `.${claims}.${signature}`, COMPACT],
  'empty claims, as in a detached signature': [
    (header, _, signature) => `${header}..${signature}`,
    'RFC 7515 §F: detached content is not used here',
  ],
  'a signature only': [(_header, _claims, signature) => `..${signature}`, COMPACT],
  '1,000 dots before the token': [(...parts) => '.'.repeat(1000) + parts.join('.'), CVE['2025-27144']],
  '4,000 dots': [() => '.'.repeat(4000), CVE['2025-30204']],
  'commas instead of dots': [(...parts) => parts.join(','), COMPACT],
  'dots in percent encoding': [(...parts) => parts.join('%2E'), COMPACT],
  'in quotes': [(...parts) => `"${parts.join('.')}"`, COMPACT],
  'preceded by the word Bearer': [
    (...parts) => `Bearer ${parts.join('.')}`,
    'RFC 6750 §2.1: the word belongs to Authorization only',
  ],
  'followed by a comma': [(...parts) => `${parts.join('.')},`, 'RFC 9110 §5.3: the field is not a list'],
  'with a disclosure, as SD-JWT': [
    (...parts) => `${parts.join('.')}~WyJzYWx0Il0~`,
    'RFC 9901 §4: another kind of token',
  ],
  'JSON, flattened': [flattened, CVE['2022-39227']],
  'JSON, with a list of signatures': [general, CVE['2022-39227']],
  'JSON with the compact token as a name': [mixed, CVE['2022-39227']],
  'the whole token in base64url again': [(...parts) => base64url(Buffer.from(parts.join('.'))), COMPACT],
  'the three parts in hexadecimal': [(...parts) => parts.map(inHex).join('.'), COMPACT],
  PASETO: [() => 'v4.public.eyJhcHBJZCI6IngifQ', 'RFC 8725 §2.8: another kind of token'],
  'a word': [() => 'null', COMPACT],
}

export const structure = inGroup('structure', [
  ...each(SHAPES, (title, [assemble, why]) => ({
    name: `shape: ${title}`,
    why,
    forge: ({ token }) => token({ assemble }),
    expect: refused('token_malformed'),
  })),
  {
    name: 'shape: a token in a token',
    why: 'RFC 7519 §5.2: a nested token has cty, and its claims are not JSON',
    forge: ({ token }) => token({ header: { cty: 'JWT' }, claims: token() }),
    expect: refused('token_malformed'),
  },
  {
    name: 'shape: a token in a token, as a JSON string',
    why: 'RFC 7519 §7.2: the claims are a JSON object',
    forge: ({ token }) => token({ header: { cty: 'JWT' }, claims: JSON.stringify(token()) }),
    expect: refused('token_malformed'),
  },
])

function jwe([, ...parts]: string[]): string {
  const header = base64url(Buffer.from(JSON.stringify({ alg: 'RSA-OAEP', enc: 'A256GCM', cty: 'JWT' })))
  return [header, ...parts, 'aXY', 'dGFn'].join('.')
}

function flattened(header: string, payload: string, signature: string): string {
  return JSON.stringify({ protected: header, payload, signature })
}

function general(header: string, payload: string, signature: string): string {
  return JSON.stringify({ payload, signatures: [{ protected: header, signature }] })
}

/** A parser that splits at the dots sees a token. A parser of JSON sees an object. */
function mixed(header: string, payload: string, signature: string): string {
  return `{"  ${header}.":"","protected":"${header}","payload":"${payload}","signature":".${signature}"}`
}

function inHex(part: string): string {
  return Buffer.from(part, 'base64url').toString('hex')
}
