import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cases } from '@signet/testing/properties'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { publicKeyFile } from './key-file.ts'
import { openKeyRing } from './key-ring.ts'
import { createClock, keyPair } from './testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-ring-'))
afterAll(() => rmSync(folder, { recursive: true }))

const PAIRS = [keyPair('one'), keyPair('two'), keyPair('three')]

type Step = { kind: 'publish' | 'revoke' | 'corrupt' | 'wait'; pairs: number[]; seconds: number }

/** What may happen to a key file; `pairs` are those that are published, newest first. */
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('publish', 'revoke', 'corrupt', 'wait'),
  pairs: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
  seconds: fc.constantFrom(1, 2, 30, 59, 60, 61),
})

it('holds, however a file changes, the keys that stand in it, or the last good ones for a minute', () => {
  let applications = 0
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const appId = `app-${applications++}`
      const file = join(folder, publicKeyFile(appId))
      const clock = createClock()
      const ring = openKeyRing({ folder, now: clock.now })
      let good: string[] = []
      let corruptSince: number | undefined

      for (const { kind, pairs, seconds } of steps) {
        const published = pairs.map((at) => PAIRS[at] ?? keyPair())
        if (kind === 'publish') writeFileSync(file, published.map(({ publicPem }) => publicPem).join(''))
        if (kind === 'revoke') rmSync(file, { force: true })
        if (kind === 'corrupt') writeFileSync(file, `-----BEGIN PUBLIC KEY-----\n${clock.now()}`)
        clock.advance(seconds * 1000)

        if (kind === 'publish') good = published.map(({ keyId }) => keyId)
        if (kind === 'revoke') good = []
        if (kind === 'corrupt') corruptSince ??= clock.now()
        else if (kind !== 'wait') corruptSince = undefined
        const isOver = corruptSince !== undefined && clock.now() - corruptSince >= 60_000
        expect(ring.keysOf(appId).map(({ keyId }) => keyId)).toEqual(isOver ? [] : good)
      }
    }),
    cases(100),
  )
})
