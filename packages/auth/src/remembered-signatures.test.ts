import { createHash } from 'node:crypto'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { digestOf, rememberSignatures, type Verified } from './remembered-signatures.ts'
import { createClock, keyPair } from './testing.ts'

const { publicKey, keyId } = keyPair()
const MINUTE = 60_000

function verified(appId = 'id-1'): Verified {
  return {
    token: { header: { alg: 'RS512' }, claims: { appId, iat: 0, exp: 300 } },
    key: { keyId, key: publicKey },
  }
}

function open() {
  const clock = createClock()
  const { recall, remember, size } = rememberSignatures({ now: clock.now })
  const flood = (appId: string, count: number, name = appId) => {
    for (let index = 0; index < count; index++) remember(`${name}-${index}`, verified(appId))
  }
  return { clock, recall, remember, size, flood }
}

describe('the remembered signatures', () => {
  it('hold what was remembered, with the very key object', () => {
    const { recall, remember } = open()
    const known = verified()
    remember('digest', known)

    expect(recall('digest')).toMatchObject(known)
    expect(recall('digest')?.key).toBe(known.key)
    expect(recall('digest')?.token).toBe(known.token)
  })

  it('know nothing of what was not remembered', () => {
    const { recall, remember } = open()
    remember('digest', verified())

    expect(recall('diges')).toBeUndefined()
    expect(recall('')).toBeUndefined()
  })

  it('hold 256 for an application', () => {
    const { recall, size, flood } = open()
    flood('id-1', 256)

    expect(size()).toBe(256)
    expect(recall('id-1-0')).toBeDefined()
  })

  it('push out the oldest of an application for its next', () => {
    const { recall, size, flood } = open()
    flood('id-1', 257)

    expect(size()).toBe(256)
    expect(recall('id-1-0')).toBeUndefined()
    expect(recall('id-1-1')).toBeDefined()
    expect(recall('id-1-256')).toBeDefined()
  })

  it('push out nobody else’s', () => {
    const { recall, remember, size, flood } = open()
    remember('quiet', verified('id-2'))
    flood('id-1', 1000)

    expect(recall('quiet')).toBeDefined()
    expect(size()).toBe(257)
  })

  it('hold a token once, with the key that verified it last', () => {
    const { recall, remember, size } = open()
    const again = { ...verified(), key: { keyId: 'rotated', key: publicKey } }
    remember('digest', verified())
    remember('digest', again)

    expect(size()).toBe(1)
    expect(recall('digest')?.key).toBe(again.key)
  })

  it('count a token as new when it was verified again', () => {
    const { recall, flood, remember } = open()
    flood('id-1', 256)
    remember('id-1-0', verified())
    remember('one more', verified())

    expect(recall('id-1-0')).toBeDefined()
    expect(recall('id-1-1')).toBeUndefined()
  })

  it('push out nothing when a token is verified again while they are full', () => {
    const { size, flood, remember } = open()
    flood('id-1', 256)
    remember('id-1-100', verified())

    expect(size()).toBe(256)
  })

  it('go after ten minutes, when the next is remembered', () => {
    const { clock, recall, remember, size } = open()
    remember('old', verified())
    clock.advance(10 * MINUTE - 1)
    remember('young', verified('id-2'))
    expect(recall('old')).toBeDefined()
    clock.advance(1)
    remember('new', verified('id-3'))

    expect(recall('old')).toBeUndefined()
    expect(recall('young')).toBeDefined()
    expect(size()).toBe(2)
  })

  it('all go that are idle, not only the first of them', () => {
    const { clock, size, flood, remember } = open()
    flood('id-1', 100)
    flood('id-2', 100)
    clock.advance(10 * MINUTE)
    remember('new', verified('id-3'))

    expect(size()).toBe(1)
  })

  it('make room for an application whose old ones have gone', () => {
    const { clock, recall, flood } = open()
    flood('id-1', 256, 'old')
    clock.advance(10 * MINUTE)
    flood('id-1', 256, 'new')

    expect(recall('new-0')).toBeDefined()
    expect(recall('new-255')).toBeDefined()
  })

  it('count ten minutes from the last verification', () => {
    const { clock, recall, remember } = open()
    remember('a', verified())
    clock.advance(9 * MINUTE)
    remember('a', verified())
    clock.advance(9 * MINUTE)
    remember('b', verified())

    expect(recall('a')).toBeDefined()
  })

  it('go by the time of the day unless told otherwise', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const { recall, remember } = rememberSignatures({})
    remember('old', verified())
    vi.setSystemTime(Date.now() + 10 * MINUTE)
    remember('new', verified())

    expect(recall('old')).toBeUndefined()
    expect(recall('new')).toBeDefined()
  })
})

describe('digestOf', () => {
  it('is the SHA-256 of the whole token', () => {
    expect(digestOf('a.b.c')).toBe(createHash('sha256').update('a.b.c').digest('base64url'))
  })
})
