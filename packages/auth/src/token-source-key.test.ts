import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createClock, keyPair } from './testing.ts'
import { AUDIENCE, file, makeKeyFiles, open, START, write } from './token-source.fixture.ts'
import { openTokenSource } from './token-source.ts'

makeKeyFiles()

const one = keyPair('one')
const two = keyPair('two')

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
