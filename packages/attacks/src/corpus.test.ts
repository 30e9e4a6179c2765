import { describe, expect, it } from 'vitest'
import { GRANTED, openVerifier } from '../test/verifier.ts'
import { accepted } from './accepted/index.ts'
import { attacks } from './attacks/index.ts'
import { createForge, type Forge } from './forge.ts'
import { GROUPS, isAttack, type Probe } from './probe.ts'
import { newSigner } from './signing.ts'
import { judge } from './verdict.ts'

const audience = 'https://localhost:3000'
const application = newSigner('e94a0b7731f5d26c')
const other = newSigner('7d1c6f0e2b8a4c53')
const unknownSigner = newSigner()
const seconds = Date.parse('2026-01-31T12:00:00Z') / 1000
const material = { application, other, unknownSigner, audience, now: seconds }
const all = [...attacks, ...accepted]

describe('the corpus', () => {
  it('has at least 120 attacks and 120 valid requests', () => {
    expect(attacks.length).toBeGreaterThanOrEqual(120)
    expect(accepted.length).toBeGreaterThanOrEqual(120)
    expect(attacks.every(isAttack)).toBe(true)
    expect(accepted.some(isAttack)).toBe(false)
  })

  it('has a different name for each probe', () => {
    const names = all.map(({ name }) => name)

    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })

  it('cites a rule or a CVE for each', () => {
    expect(all.filter(({ why }) => !/RFC \d+ §[\dA-F]|CVE-\d{4}-\d+/.test(why))).toEqual([])
  })

  it('has attacks in every group', () => {
    expect(Object.keys(GROUPS).filter((group) => !attacks.some((attack) => attack.group === group))).toEqual(
      [],
    )
  })

  it('leaves the code open for one probe only', () => {
    expect(all.filter(({ expect: { code } }) => Array.isArray(code)).map(({ name }) => name)).toEqual([
      'two tokens in one field, with a comma between them',
    ])
  })

  it('can make every probe with a second application', () => {
    expect(all.filter(({ forge }) => forge(createForge(material)) === undefined)).toEqual([])
  })

  it('needs a second application only for the attacks that mix up two', () => {
    const forge = createForge({ ...material, other: undefined })
    const skipped = all.filter((probe) => probe.forge(forge) === undefined)

    expect(skipped.length).toBeGreaterThan(0)
    expect(skipped.filter(({ name }) => !name.includes('another application'))).toEqual([])
  })
})

describe('the verifier, with its clock exactly at the limits,', () => {
  const forge = createForge({ ...material, margin: 0, tokenId: 'id' })
  const { answer } = openVerifier({ signers: [application, other], audience, now: () => seconds * 1000 })

  it.each(ofTokens(attacks, forge))('refuses $name', ({ token, primed, expect: expected }) => {
    if (primed) answer(forge.token())
    expect(judge(expected, answer(token), { application })).toBeUndefined()
  })

  it.each(ofTokens(accepted, forge))('accepts $name', ({ token, expect: expected }) => {
    expect(judge(expected, answer(token), { application, granted: GRANTED })).toBeUndefined()
  })
})

describe('the margin', () => {
  it.each([-1.9, 1.9])("allows for an error of %s s in the API's clock", (error) => {
    const forge = createForge({ ...material, margin: 2 })
    const now = () => (seconds + error) * 1000
    const { answer } = openVerifier({ signers: [application, other], audience, now })

    const differing = ofTokens(all, forge).filter(
      ({ token, expect: expected }) =>
        judge(expected, answer(token), { application, granted: GRANTED }) !== undefined,
    )

    expect(differing.map(({ name }) => name)).toEqual([])
  })
})

/** The probes that differ in their token only. What the HTTP parser refuses (431) never reaches the verifier. */
function ofTokens(probes: readonly Probe[], forge: Forge) {
  return probes.flatMap((probe) => {
    const token = probe.forge(forge)
    return typeof token === 'string' && probe.expect.status !== 431 ? [{ ...probe, token }] : []
  })
}
