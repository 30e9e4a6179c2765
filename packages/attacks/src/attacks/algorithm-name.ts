import { CVE } from '../cve.ts'
import { each, inGroup, refused } from '../probe.ts'

const CASE = 'RFC 7515 §4.1.1: alg has upper and lower case'
const EXACT = 'RFC 7519 §7.3: names are compared code point by code point'
const TYPE = 'RFC 7515 §4.1.1: alg is a string, and it must be there'

const NAMES: Record<string, [alg: unknown, why: string]> = {
  'in lower case': ['rs512', CASE],
  'in mixed case': ['Rs512', CASE],
  'with a space behind it': ['RS512 ', EXACT],
  'with a space before it': [' RS512', EXACT],
  'with a line break behind it': ['RS512\n', EXACT],
  'with a NUL behind it': ['RS512\0', EXACT],
  'in full-width letters': ['ＲＳ５１２', EXACT],
  'with a letter that only looks like S': ['RЅ512', EXACT],
  'by the name that OpenSSL gives it': ['RSA-SHA512', EXACT],
  'by the name that Java gives it': ['SHA512withRSA', EXACT],
  'by its XML URI': ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', 'RFC 7518 §A.1: the URI is no alg'],
  'left out': [undefined, TYPE],
  null: [null, TYPE],
  'a list of it': [['RS512'], TYPE],
  'a list of it and none': [['RS512', 'none'], TYPE],
  'an object': [{ RS512: true }, TYPE],
  'a number': [512, TYPE],
  true: [true, TYPE],
  'RSA-OAEP, which encrypts': ['RSA-OAEP', CVE['2023-51774']],
  'dir, which encrypts': ['dir', CVE['2023-51774']],
}

/** Signed as RS512 should be: only the name is wrong. What is no exact name could mean anything further in. */
export const algorithmName = inGroup(
  'algorithm',
  each(NAMES, (title, [alg, why]) => ({
    name: `alg: ${title}`,
    why,
    forge: ({ token }) => token({ header: { alg } }),
    expect: refused('algorithm_not_allowed'),
  })),
)
