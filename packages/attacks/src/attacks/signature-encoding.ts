import { CVE } from '../cve.ts'
import { type Encoding, SHA256, SHA512_WITH_GARBAGE, SHA512_WITHOUT_NULL, signEncoded } from '../emsa.ts'
import { each, inGroup, refused } from '../probe.ts'

const ENCODINGS: Record<string, [encoding: Encoding, why: string]> = {
  'with short padding, and garbage behind the digest': [{ paddingLength: 8 }, CVE['2006-4339']],
  'with padding that is not all ones': [{ padding: 0xfe }, CVE['2021-30246']],
  'with padding of zeros': [{ padding: 0 }, CVE['2021-30246']],
  'with the block type of encryption': [{ blockType: 2 }, 'RFC 8017 §9.2: a block of type 1'],
  'with the block type 0': [{ blockType: 0 }, 'RFC 8017 §9.2: a block of type 1'],
  'without a name of the digest': [{ digestInfo: Buffer.alloc(0) }, CVE['2022-24771']],
  'with a NULL left out of the name of the digest': [
    { digestInfo: SHA512_WITHOUT_NULL },
    'RFC 8017 §9.2, note 1: with a NULL',
  ],
  'with garbage beside the name of the digest': [{ digestInfo: SHA512_WITH_GARBAGE }, CVE['2018-16152']],
  'that names SHA-256, and holds SHA-512': [
    { digestInfo: SHA256 },
    'RFC 8017 §9.2: the name of the digest belongs to the block',
  ],
}

/**
 * Blocks that the application's own key has signed, and that are no signatures (RFC 8017 §8.2.2, step 4): a verifier
 * that parses them, and does not compare, can be talked into more.
 */
export const signatureEncoding = inGroup(
  'signature',
  each(ENCODINGS, (title, [encoding, why]) => ({
    name: `a block ${title}`,
    why,
    forge: ({ token, application }) => token({ sign: signEncoded(application.privateKey, encoding) }),
    expect: refused('token_rejected'),
  })),
)
