import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { makeKeyFiles, open, START, write } from '../test/token-source.ts'
import { keyPair } from './testing.ts'

makeKeyFiles()

const MINUTE = 60_000
const one = keyPair('one')
const two = keyPair('two')

const at = (milliseconds: number) => new Date(milliseconds).toUTCString()

describe('after token_expired and token_issued_in_future', () => {
  it.each([
    ['token_expired', 10 * MINUTE],
    ['token_issued_in_future', -10 * MINUTE],
  ])('%s: the clock of the API is followed and reported', (code, difference) => {
    const { tokens, issue, onNotice } = open()

    expect(tokens.renew(issue(), { code, date: at(START + difference) })).toBe(true)
    expect(issue()).toMatchObject({ reused: false, claims: { iat: (START + difference) / 1000 } })
    expect(onNotice).toHaveBeenCalledExactlyOnceWith({
      kind: 'clock_difference',
      milliseconds: difference,
      corrected: true,
    })
  })

  it('the difference is remembered, and later tokens follow the clock of the API', async () => {
    const { tokens, issue, clock } = open()
    tokens.renew(issue(), { code: 'token_expired', date: at(START + 10 * MINUTE) })
    const { claims } = issue()
    clock.advance(239_999)
    issue()
    await turn()
    expect(issue().claims).toEqual(claims)
    clock.advance(1)
    issue()
    await turn()

    expect(issue().claims.iat).toBe(START / 1000 + 600 + 240)
  })

  it('the difference is measured against our own clock, not added to the last one', () => {
    const { tokens, issue } = open()
    tokens.renew(issue(), { code: 'token_expired', date: at(START + 10 * MINUTE) })
    tokens.renew(issue(), { code: 'token_expired', date: at(START + 14 * MINUTE) })

    expect(issue().claims.iat).toBe(START / 1000 + 14 * 60)
  })

  it.each([15 * MINUTE, -15 * MINUTE])('a difference of %d milliseconds is corrected', (difference) => {
    const { tokens, issue } = open()

    expect(tokens.renew(issue(), { code: 'token_expired', date: at(START + difference) })).toBe(true)
  })

  it.each([15 * MINUTE + 1000, -15 * MINUTE - 1000])(
    'one of %d is reported and not followed',
    (difference) => {
      const { tokens, issue, onNotice } = open()
      const first = issue()

      expect(tokens.renew(first, { code: 'token_expired', date: at(START + difference) })).toBe(false)
      expect(issue().claims).toEqual(first.claims)
      expect(onNotice).toHaveBeenCalledExactlyOnceWith({
        kind: 'clock_difference',
        milliseconds: difference,
        corrected: false,
      })
    },
  )

  it.each([undefined, 'soon', null, {}])('a date of %j is ignored', (date) => {
    const { tokens, issue } = open()

    expect(tokens.renew(issue(), { code: 'token_expired', date })).toBe(false)
  })

  it('one answer does not replace a clock with which a token was accepted, but another try may succeed', () => {
    const { tokens, issue, onNotice } = open()
    issue()
    tokens.accepted()

    expect(tokens.renew(issue(), { code: 'token_expired', date: at(START + 10 * MINUTE) })).toBe(true)
    expect(issue().claims.iat).toBe(START / 1000)
    expect(onNotice).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ corrected: false }))
  })

  it('five answers in succession replace it if they agree, since then our own clock has changed', () => {
    const { tokens, issue } = open()
    tokens.accepted()
    const refuse = (difference: number) =>
      tokens.renew(issue(), { code: 'token_expired', date: at(START + difference) })
    for (let i = 0; i < 4; i++) refuse(10 * MINUTE)
    tokens.accepted()
    for (let i = 0; i < 4; i++) refuse(10 * MINUTE)
    refuse(5 * MINUTE)
    for (let i = 0; i < 4; i++) refuse(10 * MINUTE)
    expect(issue().claims.iat).toBe(START / 1000)

    refuse(10 * MINUTE)

    expect(issue().claims.iat).toBe(START / 1000 + 600)
  })

  it('the second answer corrects the first, if the first came from a replica with a wrong clock', () => {
    const { tokens, issue } = open()
    const ahead = { code: 'token_expired', date: at(START + 10 * MINUTE) }
    tokens.renew(issue(), ahead)
    tokens.renew(issue(), { code: 'token_issued_in_future', date: at(START) })
    tokens.renew(issue(), ahead)

    expect(issue().claims.iat).toBe(START / 1000)
  })

  it('parallel refusals of one token count as one answer', () => {
    const { tokens, issue } = open()
    tokens.accepted()
    const refused = issue()
    for (let i = 0; i < 10; i++) {
      tokens.renew(refused, { code: 'token_expired', date: at(START + 10 * MINUTE) })
      issue()
    }

    expect(issue().claims.iat).toBe(START / 1000)
  })

  it('parallel refusals share one renewal', () => {
    const { tokens, issue, onNotice } = open()
    const refused = issue()
    const refusal = { code: 'token_expired', date: at(START + MINUTE) }
    expect(tokens.renew(refused, refusal)).toBe(true)
    expect(tokens.renew(refused, refusal)).toBe(true)
    const { claims } = issue()
    expect(tokens.renew(refused, refusal)).toBe(true)

    expect(issue().claims).toEqual(claims)
    expect(onNotice).toHaveBeenCalledOnce()
  })
})

describe('after token_rejected', () => {
  const refusal = { code: 'token_rejected', date: at(START) }

  it('another try may succeed when the key file changed since, which is looked at at once', () => {
    const { tokens, issue } = open()
    const refused = issue()
    write(two.privatePem)

    expect(tokens.renew(refused, refusal)).toBe(true)
    expect(issue().header.kid).toBe(two.keyId)
  })

  it('it may succeed when the new key is in use already', () => {
    const { tokens, issue, clock } = open()
    const refused = issue()
    write(two.privatePem)
    clock.advance(1000)
    issue()

    expect(tokens.renew(refused, refusal)).toBe(true)
  })

  it('it cannot succeed when the key is the same', () => {
    const { tokens, issue, onNotice } = open()

    expect(tokens.renew(issue(), refusal)).toBe(false)
    expect(onNotice).not.toHaveBeenCalled()
  })

  it('it cannot succeed when the file was written again without a change', () => {
    const { tokens, issue } = open()
    const refused = issue()
    write(one.privatePem)

    expect(tokens.renew(refused, refusal)).toBe(false)
  })

  it('it cannot succeed when the next token of the same key was signed meanwhile', () => {
    const { tokens, issue, clock } = open()
    const refused = issue()
    clock.advance(300_000)
    issue()

    expect(tokens.renew(refused, refusal)).toBe(false)
  })
})

describe('after rate_limited', () => {
  it.each([10 * MINUTE, -10 * MINUTE])(
    'a clock of the API that differs by %d milliseconds is followed: the limit hides why the token was refused',
    (difference) => {
      const { tokens, issue } = open()

      expect(tokens.renew(issue(), { code: 'rate_limited', date: at(START + difference) })).toBe(true)
      expect(issue().claims.iat).toBe((START + difference) / 1000)
    },
  )

  it.each([304_000, -5000, 0])(
    'no other try is made when the token is valid by the clock of the API, %d milliseconds from ours',
    (difference) => {
      const { tokens, issue, onNotice } = open()

      expect(tokens.renew(issue(), { code: 'rate_limited', date: at(START + difference) })).toBe(false)
      expect(onNotice).not.toHaveBeenCalled()
    },
  )
})

describe('after any other refusal', () => {
  it.each(['audience_mismatch', 'token_malformed', 'token_not_yet_valid', '', undefined, null, 401])(
    'such as %j no other token would fare better',
    (code) => {
      const { tokens, issue, clock, onNotice } = open()
      const refused = issue()
      write(two.privatePem)
      clock.advance(300_000)
      issue()

      expect(tokens.renew(refused, { code, date: at(START) })).toBe(false)
      expect(onNotice).not.toHaveBeenCalled()
    },
  )
})
