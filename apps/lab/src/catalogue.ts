import { accepted, attacks, type Group, isAttack, type Probe } from '@signet/attacks'
import { LESSONS } from './lessons.ts'

/** An attack or a valid request. `id` is made of its name, and can be part of a URL. */
export type Entry = Readonly<{ id: string; probe: Probe }>

export type Catalogue = ReturnType<typeof openCatalogue>

/** Everything that can be sent. It can be found by ID, by group, by name, and by words. */
export function openCatalogue(probes: readonly Probe[] = [...attacks, ...accepted]) {
  const entries = entriesOf(probes)
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  const byName = new Map(entries.map((entry) => [entry.probe.name, entry]))

  function ofGroup(group: Group): Entry[] {
    return entries.filter(({ probe }) => probe.group === group)
  }

  return {
    entries,
    ofGroup,
    find: (id: string) => byId.get(id),
    /** The entries with these names. Unknown names are left out. */
    named: (names: readonly string[]) => names.flatMap((name) => byName.get(name) ?? []),
    /** The entries that contain every word in their name, rule, group, or expected status and code. */
    search: (text: string) => {
      const words = text.toLowerCase().split(/\s+/)
      return entries.filter((entry) => words.every((word) => wordsOf(entry).includes(word)))
    },
    /** The previous and the next entry of the same group. */
    adjacent: (entry: Entry) => {
      const group = ofGroup(entry.probe.group)
      const place = group.indexOf(entry)
      return { previous: group[place - 1], next: group[place + 1] }
    },
  }
}

/** Splits entries into those that must be refused and those that must be accepted. */
export function byKind(entries: readonly Entry[]): { attacks: Entry[]; accepted: Entry[] } {
  const { attacks = [], accepted = [] } = Object.groupBy(entries, ({ probe }) =>
    isAttack(probe) ? 'attacks' : 'accepted',
  )
  return { attacks, accepted }
}

/** Names that differ only in characters that an ID cannot have get a number. */
function entriesOf(probes: readonly Probe[]): Entry[] {
  const taken = new Map<string, number>()
  return probes.map((probe) => {
    const words = probe.name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '')
    const count = (taken.get(words) ?? 0) + 1
    taken.set(words, count)
    return { id: count === 1 ? words : `${words}-${count}`, probe }
  })
}

function wordsOf({ probe: { name, why, group, expect } }: Entry): string {
  return [name, why, group, LESSONS[group].title, expect.status, expect.code].join(' ').toLowerCase()
}

/** The attacks to begin with, because they are the best known. For each name, the idea of the attack. */
export const CLASSICS: Readonly<Record<string, string>> = {
  'alg "none", no signature': 'The token says that it needs no signature.',
  'alg HS256, keyed with the public key as SPKI PEM': 'The API is to use its public key as a shared secret.',
  "an unknown signer's key offered by jwk, beside the kid of the application":
    'The token contains the key to verify it with.',
  'kid: a path out of the key folder': 'The key ID is a path that leads out of the key folder.',
  'a signature of another token': 'The signature is good, but belongs to another token.',
  'aud: another service': 'A good token that was made for another service.',
  'a lifetime of a hundred years': 'A good token that would be valid for a hundred years.',
  'crit: an unknown extension': 'jsonwebtoken alone would accept this token.',
}
