import { accepted, attacks, type Group, isAttack, type Probe } from '@signet/attacks'
import { LESSONS } from './lessons.ts'

/** A probe, under a name that fits into an address. */
export type Entry = Readonly<{ id: string; probe: Probe }>

export type Catalogue = ReturnType<typeof openCatalogue>

/** All that can be tried: by ID, by group, by words. */
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
    /** Those of these names that there are. */
    named: (names: readonly string[]) => names.flatMap((name) => byName.get(name) ?? []),
    /** Every word must stand somewhere in the name, the rule, the group or the code that is expected. */
    search: (text: string) => {
      const words = text.toLowerCase().split(/\s+/)
      return entries.filter((entry) => words.every((word) => wordsOf(entry).includes(word)))
    },
    /** What stands before and behind it in its group. */
    adjacent: (entry: Entry) => {
      const group = ofGroup(entry.probe.group)
      const place = group.indexOf(entry)
      return { previous: group[place - 1], next: group[place + 1] }
    },
  }
}

/** Split by whether they must be refused. */
export function byKind(entries: readonly Entry[]): { attacks: Entry[]; accepted: Entry[] } {
  const { attacks = [], accepted = [] } = Object.groupBy(entries, ({ probe }) =>
    isAttack(probe) ? 'attacks' : 'accepted',
  )
  return { attacks, accepted }
}

/** Names that differ only in what no address can hold get a number. */
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

/** Where to begin: the holes that everyone should have seen once, by name, each with what it plays on. */
export const CLASSICS: Readonly<Record<string, string>> = {
  'alg "none", no signature': 'The token says that it needs no signature.',
  'alg HS256, keyed with the public key as SPKI PEM': 'The public key, taken for a shared secret.',
  "an unknown signer's key offered by jwk, beside the kid of the application":
    'The token brings its own key.',
  'kid: a path out of the key folder': 'The key ID is a path, and the path leads out.',
  'a signature of the last token, under the next one': 'A good signature, of something else.',
  'aud: another service': 'A good token that was made for somebody else.',
  'a lifetime a hundred years': 'A good token that would never end.',
  'crit: an extension that nobody knows': 'What jsonwebtoken, left alone, lets pass.',
}
