import { ACCEPTED, each, inGroup } from '../probe.ts'

const LEGAL = 'RFC 6585 §5: fields within the limit of the parser are accepted'

const CLAIMS: Record<string, Record<string, unknown>> = {
  'a note of 1 KiB': { note: 'n'.repeat(1024) },
  'a note of 2 KiB': { note: 'n'.repeat(2048) },
  'a note of 4 KiB': { note: 'n'.repeat(4096) },
  'a note of 8 KiB': { note: 'n'.repeat(8192) },
  'a note of 2,000 emoji': { note: '🔑'.repeat(2000) },
  '300 claims': Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`claim${n}`, n])),
  'a list of 2,000 numbers': { note: Array.from({ length: 2000 }, (_, n) => n) },
}

export const size = inGroup('size', [
  ...each(CLAIMS, (title, claims) => ({
    name: `a token with ${title}`,
    why: LEGAL,
    forge: ({ token }) => token({ claims }),
    expect: ACCEPTED,
  })),
  {
    name: 'a token with a header of 4 KiB',
    why: LEGAL,
    forge: ({ token }) => token({ header: { note: 'n'.repeat(4096) } }),
    expect: ACCEPTED,
  },
  {
    name: 'a token with another field of 8 KiB',
    why: LEGAL,
    forge: ({ token, field, carried }) => ({
      headers: { [field]: carried(token()), 'x-note': 'n'.repeat(8192) },
    }),
    expect: ACCEPTED,
  },
  {
    name: 'a token with 200 other fields',
    why: LEGAL,
    forge: ({ token, field, carried }) => ({
      headers: { [field]: carried(token()), 'x-note': Array(200).fill('note') },
    }),
    expect: ACCEPTED,
  },
])
