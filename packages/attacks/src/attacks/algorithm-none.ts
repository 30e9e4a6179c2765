import { CVE } from '../cve.ts'
import { each, inGroup, refused } from '../probe.ts'

const EMPTY = () => Buffer.alloc(0)

const SPELLINGS = {
  none: CVE['2021-22160'],
  None: 'RFC 8725 §2.1: a list of what is forbidden forgets a spelling',
  NONE: 'RFC 8725 §2.1: a list of what is forbidden forgets a spelling',
  nOnE: 'RFC 8725 §2.1: a list of what is forbidden forgets a spelling',
  ' none': 'RFC 8725 §2.1: a list of what is forbidden forgets white space',
  'none ': 'RFC 8725 §2.1: a list of what is forbidden forgets white space',
  'none\0': 'RFC 7519 §7.3: names are compared code point by code point, NUL included',
  nоne: 'RFC 7519 §7.3: a Cyrillic o is another letter',
  '': 'RFC 7515 §4.1.1: it names an algorithm',
}

/** Nobody signed: whoever can write an appId could call. */
export const algorithmNone = inGroup('algorithm', [
  ...each(SPELLINGS, (alg, why) => ({
    name: `alg ${JSON.stringify(alg)}, no signature`,
    why,
    forge: ({ token }) => token({ header: { alg }, sign: EMPTY }),
    expect: refused('algorithm_not_allowed'),
  })),
  {
    name: 'alg "none", a good RS512 signature',
    why: 'RFC 7518 §3.6: an unsecured token has an empty signature',
    forge: ({ token }) => token({ header: { alg: 'none' } }),
    expect: refused('algorithm_not_allowed'),
  },
  {
    name: 'alg "none", and some bytes for a signature',
    why: CVE['2022-23540'],
    forge: ({ token }) => token({ header: { alg: 'none' }, sign: () => Buffer.from('signature') }),
    expect: refused('algorithm_not_allowed'),
  },
  {
    name: 'alg "none", typ and kid left out',
    why: CVE['2018-1000531'],
    forge: ({ token }) => token({ header: { alg: 'none', typ: undefined, kid: undefined }, sign: EMPTY }),
    expect: refused('algorithm_not_allowed'),
  },
])
