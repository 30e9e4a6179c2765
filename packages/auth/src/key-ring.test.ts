import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
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

describe('a key ring', () => {
  it('finds the keys of an application by its file, newest first', () => {
    put('a', two.publicPem + one.publicPem)
    put('b', one.publicPem)
    const { keyIdsOf } = open()

    expect(keyIdsOf('a')).toEqual([two.keyId, one.keyId])
    expect(keyIdsOf('b')).toEqual([one.keyId])
  })

  it('opens without touching the folder', () => {
    rmSync(folder, { recursive: true })
    const { onFault } = open()

    expect(onFault).not.toHaveBeenCalled()
  })

  it('gives the very same key objects while the file stays as it is', () => {
    put('a', one.publicPem)
    const { keysOf } = open()
    const [before] = keysOf('a')
    clock.advance(5000)

    expect(keysOf('a')[0]).toBe(before)
  })

  it('gives new key objects after the file was written again, even with the same keys', () => {
    put('a', one.publicPem)
    const { keysOf } = open()
    const [before] = keysOf('a')
    put('a', one.publicPem)
    clock.advance(1000)

    expect(keysOf('a')[0]).not.toBe(before)
  })

  it('sees within a second that a key was rotated', () => {
    put('a', one.publicPem)
    const { keyIdsOf } = open()
    keyIdsOf('a')
    put('a', two.publicPem + one.publicPem)
    clock.advance(1000)

    expect(keyIdsOf('a')).toEqual([two.keyId, one.keyId])
  })

  it('sees within a second that the file is gone, so that a revoked key has no effect', () => {
    put('a', one.publicPem)
    const { keyIdsOf, onFault } = open()
    keyIdsOf('a')
    rmSync(fileOf('a'))
    clock.advance(1000)

    expect(keyIdsOf('a')).toEqual([])
    expect(onFault).not.toHaveBeenCalled()
  })

  it('sees within a second that the file is empty', () => {
    put('a', one.publicPem)
    const { keyIdsOf, onFault } = open()
    keyIdsOf('a')
    put('a', '')
    clock.advance(1000)

    expect(keyIdsOf('a')).toEqual([])
    expect(onFault).not.toHaveBeenCalled()
  })

  it('has no keys for an application without a file, until there is one', () => {
    const { keyIdsOf } = open()

    expect(keyIdsOf('a')).toEqual([])
    put('a', one.publicPem)
    clock.advance(1000)
    expect(keyIdsOf('a')).toEqual([one.keyId])
  })

  it('reads the file of one application only, so that a fault in another has no effect', () => {
    put('a', one.publicPem)
    put('b', 'broken')
    makeUnreadable('c')
    const { keyIdsOf, onFault } = open()

    expect(keyIdsOf('a')).toEqual([one.keyId])
    expect(onFault).not.toHaveBeenCalled()
  })

  it.each(['../a', 'x/../a', '', '.', 'a\0', `${'a'.repeat(129)}`])(
    'has no keys for %j, which is no application ID, and touches no file for it',
    (appId) => {
      mkdirSync(join(folder, 'keys'))
      mkdirSync(join(folder, 'keys', 'x'))
      put('a', one.publicPem)
      put('', one.publicPem)
      const onFault = vi.fn()
      const { keysOf } = openKeyRing({ folder: join(folder, 'keys'), onFault })

      expect(keysOf(appId)).toEqual([])
      expect(onFault).not.toHaveBeenCalled()
    },
  )

  it("uses the system's clock by default", () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    put('a', 'broken')
    const { keysOf } = openKeyRing({ folder })
    keysOf('a')
    put('a', one.publicPem)
    vi.setSystemTime(Date.now() + 1000)

    expect(keysOf('a')).toHaveLength(1)
  })
})

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

  it('is used again once it is corrected', () => {
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
      new KeyFileError(fileOf('a'), 'is not a PEM file, or is incomplete'),
      new KeyFileError(fileOf('a'), 'holds a private key, and must hold public keys only'),
    ])
  })
})

describe('a key file that cannot be read', () => {
  it('makes the application unavailable at once, because old keys could outlive a revocation', () => {
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

  it('may be in a folder that is missing, or that is a file', () => {
    const { keysOf } = open()
    rmSync(folder, { recursive: true })

    expect(() => keysOf('a')).toThrow(unavailable(/ENOENT/))
    writeFileSync(folder, '')
    expect(() => keysOf('b')).toThrow(unavailable(/ENOTDIR/))
  })

  it('is used again once it can be read', () => {
    makeUnreadable('a')
    const { keysOf, keyIdsOf } = open()
    expect(() => keysOf('a')).toThrow()
    put('a', one.publicPem)
    clock.advance(1000)

    expect(keyIdsOf('a')).toEqual([one.keyId])
  })

  it('is used again when the same folder comes back', () => {
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
