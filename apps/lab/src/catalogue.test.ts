import { GROUPS, type Group, type Probe } from '@signet/attacks'
import { describe, expect, it } from 'vitest'
import { byKind, CLASSICS, openCatalogue } from './catalogue.ts'
import { LESSONS } from './lessons.ts'

const catalogue = openCatalogue()
const probe = (name: string, group: Group = 'key', status = 401): Probe => ({
  name,
  group,
  why: 'RFC 1 §1: a rule',
  forge: () => 'token',
  expect: { status },
})

describe('the catalogue', () => {
  it('gives each entry its own ID, which can be part of a URL', () => {
    const ids = catalogue.entries.map(({ id }) => id)

    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter((id) => !/^[A-Za-z0-9-]+$/.test(id))).toEqual([])
    for (const entry of catalogue.entries) expect(catalogue.find(entry.id)).toBe(entry)
  })

  it('numbers the IDs of names that differ only in other characters', () => {
    const { entries } = openCatalogue([probe('kid: a'), probe('kid a!'), probe('kid, a')])

    expect(entries.map(({ id }) => id)).toEqual(['kid-a', 'kid-a-2', 'kid-a-3'])
  })

  it.each([
    ['kid sql', 'kid: SQL that is always true'],
    ['CVE-2022-39227', 'shape: JSON, flattened'],
    ['rfc 7797', 'a header with b64 true, and no crit'],
    ['audience_mismatch', 'aud: another service'],
    ['  431   24 ', 'a valid token of 24 KiB'],
  ])('finds by %j', (words, name) => {
    expect(catalogue.search(words.trim()).map((entry) => entry.probe.name)).toContain(name)
  })

  it('finds nothing if one word does not occur', () => {
    expect(catalogue.search('kid xyzzy')).toEqual([])
  })

  it('knows the previous and the next entry of the same group', () => {
    const { entries, adjacent } = openCatalogue([
      probe('a'),
      probe('b', 'json'),
      probe('c'),
      probe('d', 'key', 200),
    ])
    const around = entries.map((entry) => {
      const { previous, next } = adjacent(entry)
      return [previous?.id, next?.id]
    })

    expect(around).toEqual([
      [undefined, 'c'],
      [undefined, undefined],
      ['a', 'd'],
      ['c', undefined],
    ])
  })

  it('separates what must be refused from what must be accepted', () => {
    const { attacks, accepted } = byKind(openCatalogue([probe('a', 'key', 200), probe('b')]).entries)

    expect([attacks.map(({ id }) => id), accepted.map(({ id }) => id)]).toEqual([['b'], ['a']])
  })
})

describe('the texts', () => {
  it('have a lesson for each group', () => {
    expect(Object.keys(LESSONS)).toEqual(Object.keys(GROUPS))
  })

  it('begin with attacks that exist', () => {
    expect(catalogue.named(Object.keys(CLASSICS))).toHaveLength(8)
  })
})
