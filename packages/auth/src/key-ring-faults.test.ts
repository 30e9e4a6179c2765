import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { KeyFileError } from './errors.ts'
import { openKeyRing } from './key-ring.ts'
import { createClock, keyPair } from './testing.ts'

const one = keyPair('one')
const two = keyPair('two')
const clock = createClock()
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-key-ring-'))
  return () => rmSync(folder, { recursive: true, force: true })
})

function open() {
  const onFault = vi.fn<(fault: Error) => void>()
  const { keysOf } = openKeyRing({ folder, now: clock.now, onFault })
  return { onFault, keysOf, keyIdsOf: (appId: string) => keysOf(appId).map(({ keyId }) => keyId) }
}

function fileOf(appId: string): string {
  return join(folder, `${appId}_public.pem`)
}

/** By a rename, so that the file is another one however fast the test is. */
function put(appId: string, text: string): void {
  writeFileSync(`${fileOf(appId)}.new`, text)
  renameSync(`${fileOf(appId)}.new`, fileOf(appId))
}

/** What cannot be read, even by root. */
function makeUnreadable(appId: string): void {
  rmSync(fileOf(appId), { force: true })
  symlinkSync(fileOf(appId), fileOf(appId))
}

const unavailable = (reason: RegExp) =>
  expect.objectContaining({
    code: 'unavailable',
    status: 503,
    check: 'key',
    reason: expect.stringMatching(reason),
  })

describe('a key file that is there but cannot be parsed', () => {
  it('leaves the last good keys for less than 60 seconds', () => {
    put('a', one.publicPem)
    const { keyIdsOf } = open()
    keyIdsOf('a')
    put('a', 'broken')
    clock.advance(1000)

    expect(keyIdsOf('a')).toEqual([one.keyId])
    clock.advance(59_999)
    expect(keyIdsOf('a')).toEqual([one.keyId])
    clock.advance(1)
    expect(keyIdsOf('a')).toEqual([])
    clock.advance(3600_000)
    expect(keyIdsOf('a')).toEqual([])
  })

  it('gets no second grace for another fault', () => {
    put('a', one.publicPem)
    const { keyIdsOf } = open()
    keyIdsOf('a')
    put('a', 'broken')
    clock.advance(1000)
    keyIdsOf('a')
    clock.advance(59_999)
    put('a', one.privatePem)
    expect(keyIdsOf('a')).toEqual([one.keyId])
    clock.advance(1)

    expect(keyIdsOf('a')).toEqual([])
  })

  it('gets a new grace when it was good in between', () => {
    put('a', one.publicPem)
    const { keyIdsOf } = open()
    keyIdsOf('a')
    for (const text of ['broken', two.publicPem, 'broken']) {
      put('a', text)
      clock.advance(50_000)
      keyIdsOf('a')
    }
    clock.advance(59_999)

    expect(keyIdsOf('a')).toEqual([two.keyId])
  })

  it('has no keys at once when there were none before', () => {
    put('a', 'broken')
    const { keyIdsOf } = open()

    expect(keyIdsOf('a')).toEqual([])
  })

  it('has no keys at once when it goes away', () => {
    put('a', one.publicPem)
    const { keyIdsOf } = open()
    keyIdsOf('a')
    put('a', 'broken')
    clock.advance(1000)
    keyIdsOf('a')
    rmSync(fileOf('a'))
    clock.advance(1000)

    expect(keyIdsOf('a')).toEqual([])
  })

  it('serves again once it is mended', () => {
    put('a', 'broken')
    const { keyIdsOf } = open()
    keyIdsOf('a')
    put('a', two.publicPem)
    clock.advance(3600_000)

    expect(keyIdsOf('a')).toEqual([two.keyId])
  })

  it('is reported once for each fault, with its name', () => {
    put('a', 'broken')
    const { keyIdsOf, onFault } = open()
    for (const text of ['broken', 'broken too', one.privatePem]) {
      put('a', text)
      clock.advance(1000)
      keyIdsOf('a')
    }

    expect(onFault.mock.calls.map(([fault]) => fault)).toEqual([
      new KeyFileError(fileOf('a'), 'is no PEM file, or is cut short'),
      new KeyFileError(fileOf('a'), 'holds a private key where a public one belongs'),
    ])
  })
})

describe('a key file that cannot be read', () => {
  it('makes the application unavailable at once: stale keys would outlive a revocation', () => {
    put('a', one.publicPem)
    const { keysOf } = open()
    keysOf('a')
    makeUnreadable('a')
    clock.advance(1000)

    expect(() => keysOf('a')).toThrow(unavailable(/ELOOP/))
    expect(() => keysOf('a')).toThrow(unavailable(/ELOOP/))
  })

  it('makes no other application unavailable', () => {
    put('a', one.publicPem)
    makeUnreadable('b')
    const { keysOf, keyIdsOf } = open()

    expect(() => keysOf('b')).toThrow(unavailable(/ELOOP/))
    expect(keyIdsOf('a')).toEqual([one.keyId])
  })

  it('may be a folder', () => {
    mkdirSync(fileOf('a'))
    const { keysOf } = open()

    expect(() => keysOf('a')).toThrow(unavailable(/EISDIR/))
  })

  it('may stand in a folder that is away, or that is none', () => {
    const { keysOf } = open()
    rmSync(folder, { recursive: true })

    expect(() => keysOf('a')).toThrow(unavailable(/ENOENT/))
    writeFileSync(folder, '')
    expect(() => keysOf('b')).toThrow(unavailable(/ENOTDIR/))
  })

  it('serves again once it can be read', () => {
    makeUnreadable('a')
    const { keysOf, keyIdsOf } = open()
    expect(() => keysOf('a')).toThrow()
    put('a', one.publicPem)
    clock.advance(1000)

    expect(keyIdsOf('a')).toEqual([one.keyId])
  })

  it('serves again when the folder comes back just as it was', () => {
    put('a', one.publicPem)
    const { keysOf, keyIdsOf } = open()
    keysOf('a')
    renameSync(folder, `${folder}.away`)
    clock.advance(1000)
    expect(() => keysOf('a')).toThrow(unavailable(/ENOENT/))
    renameSync(`${folder}.away`, folder)
    clock.advance(1000)

    expect(keyIdsOf('a')).toEqual([one.keyId])
  })

  it('leaves no keys from before when it can be read, but not parsed', () => {
    put('a', one.publicPem)
    const { keysOf } = open()
    keysOf('a')
    makeUnreadable('a')
    clock.advance(1000)
    expect(() => keysOf('a')).toThrow()
    put('a', 'broken')
    clock.advance(1000)

    expect(keysOf('a')).toEqual([])
  })

  it('is reported once, and again when it has been good in between', () => {
    makeUnreadable('a')
    const { keysOf, onFault } = open()
    const ask = () => {
      clock.advance(1000)
      expect(() => keysOf('a')).toThrow(unavailable(/ELOOP/))
    }
    ask()
    ask()
    expect(onFault).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'ELOOP' }))
    put('a', one.publicPem)
    clock.advance(1000)
    keysOf('a')
    makeUnreadable('a')
    ask()

    expect(onFault).toHaveBeenCalledTimes(2)
  })
})
