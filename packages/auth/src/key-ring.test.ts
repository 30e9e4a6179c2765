import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
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

  it('gives other key objects once the file was written anew, even with the same keys', () => {
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

  it('sees within a second that the file is gone: a revoked key is no key', () => {
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

  it('asks for the file of one application only, so that a fault in another does no harm', () => {
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

  it('goes by the time of the day unless told otherwise', () => {
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
