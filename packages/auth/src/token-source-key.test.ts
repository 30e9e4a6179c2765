import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createClock, keyPair } from './testing.ts'
import { type Notice, openTokenSource } from './token-source.ts'

const AUDIENCE = 'https://api.test:3000'
const START = Date.parse('2026-01-31T12:00:00Z')
const one = keyPair('one')
const two = keyPair('two')
let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-token-source-'))
  file = join(folder, 'id-1_private.pem')
  write(one.privatePem)
  return () => rmSync(folder, { recursive: true })
})

/** By a rename, so that the file is another one however fast the test is. */
function write(text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

function open(options: { lifetime?: number } = {}) {
  const clock = createClock(START)
  const onNotice = vi.fn<(notice: Notice) => void>()
  const tokens = openTokenSource({ file, audience: AUDIENCE, now: clock.now, onNotice, ...options })
  const issue = () => tokens.issue().issued
  return { clock, onNotice, tokens, issue }
}

describe('the key file', () => {
  it('is seen within a second to hold another key', () => {
    const { clock, issue } = open()
    issue()
    write(two.privatePem)
    clock.advance(999)
    expect(issue().header.kid).toBe(one.keyId)
    clock.advance(1)

    expect(issue()).toMatchObject({ header: { kid: two.keyId }, reused: false })
  })

  it.each([
    ['cannot be parsed', () => write('broken')],
    ['holds a public key', () => write(one.publicPem)],
    ['is gone', () => rmSync(file)],
    [
      'cannot be read',
      () => {
        rmSync(file)
        symlinkSync(file, file)
      },
    ],
    [
      'is a folder',
      () => {
        rmSync(file)
        mkdirSync(file)
      },
    ],
  ])('leaves the last good key when it %s, and says so once', (_, spoil) => {
    const { clock, issue, onNotice } = open()
    const { claims } = issue()
    spoil()
    for (let second = 0; second < 3; second++) {
      clock.advance(1000)
      expect(issue().claims).toEqual(claims)
    }
    clock.advance(300_000)

    expect(issue()).toMatchObject({ header: { kid: one.keyId }, reused: false })
    expect(onNotice).toHaveBeenCalledExactlyOnceWith({ kind: 'key_unusable', fault: expect.any(Error) })
  })

  it('is reported again for another fault', () => {
    const { clock, issue, onNotice } = open()
    for (const text of ['broken', one.publicPem, one.privatePem, one.publicPem]) {
      write(text)
      clock.advance(1000)
      issue()
    }

    expect(onNotice).toHaveBeenCalledTimes(3)
  })

  it('needs nobody to listen to its faults', () => {
    const clock = createClock(START)
    const tokens = openTokenSource({ file, audience: AUDIENCE, now: clock.now })
    write('broken')
    clock.advance(1000)

    expect(tokens.issue().issued.header.kid).toBe(one.keyId)
  })
})
