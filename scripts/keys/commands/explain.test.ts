import { writeFileSync } from 'node:fs'
import { loadPrivateKey, signToken } from '@signet/auth'
import jwt from 'jsonwebtoken'
import { expect, test } from 'vitest'
import { PEOPLE, provisionedPlace } from '../../test/temporary-secrets.ts'

const AUDIENCE = 'https://localhost:3000'

test('accepts what the API accepts, and names the application', async () => {
  const { explain, sign } = await signingPlace()

  const { status, output } = await explain(sign())

  expect(status).toBe(0)
  expect(output.match(/^✓ \w+/gm)).toHaveLength(12)
  expect(output).toContain('Accepted: app-one, with users:read')
  expect(output).toContain('"appId":"people01"')
})

test('shows the check that failed, and which were not reached', async () => {
  const { explain, sign } = await signingPlace()
  const token = sign({ audience: 'https://elsewhere.test' })

  const { status, output } = await explain(token)

  expect(status).toBe(1)
  expect(output).toMatch(/^✓ issuer /m)
  expect(output).toMatch(/^✗ audience {4}aud, if present, is this API$/m)
  expect(output).toMatch(/^– signature .*: not reached/m)
  expect(output).toContain('Refused: 401 audience_mismatch.')
  expect(output.match(/audience_mismatch/g)).toHaveLength(1)
})

test('never shows the signature', async () => {
  const { explain, sign } = await signingPlace()
  const token = sign()

  const accepted = await explain(token)
  const refused = await explain(`${token}x`)

  for (const { output } of [accepted, refused])
    expect(output).not.toContain(token.split('.')[2]?.slice(0, 20))
})

test('reads the token from standard input, and ignores a line break after it', async () => {
  const { explain, sign } = await signingPlace()

  const { status, output } = await explain(`\n ${sign()}\r\n`)

  expect(status).toBe(0)
  expect(output).not.toContain('input')
  expect(await explain('\n')).toMatchObject({ status: 2 })
})

test('uses the audiences that are named', async () => {
  const { explain, sign } = await signingPlace()
  const token = sign({ audience: 'https://b.test' })

  expect(await explain(token, '--audience https://a.test --audience https://b.test')).toMatchObject({
    status: 0,
  })
})

test('accepts a token of the minimal jwt.sign call, unless an audience is required', async () => {
  const { places, explain } = await signingPlace()
  const privateKey = loadPrivateKey(places.privateKey(PEOPLE))
  const token = jwt.sign({ appId: 'people01' }, privateKey, { algorithm: 'RS512', expiresIn: 300 })

  expect(await explain(token)).toMatchObject({ status: 0 })
  expect(await explain(token, '--require-audience')).toMatchObject({
    status: 1,
    output: expect.stringContaining('audience_missing'),
  })
})

test('tells the operator what the API does not tell the caller: revoked, or a wrong signature', async () => {
  const { keys, explain, sign } = await signingPlace()
  const token = sign()
  const forged = `${token.slice(0, token.lastIndexOf('.'))}.AAAA`

  expect((await explain(forged)).output).toMatch(/^✗ signature .*: no key verifies/m)
  await keys('revoke app-one')
  expect((await explain(token)).output).toMatch(/^✗ application .*: the application is revoked/m)
})

test('reports a key file that cannot be used', async () => {
  const { places, explain, sign } = await signingPlace()
  writeFileSync(places.publicKey('people01'), 'nonsense')

  const { status, output } = await explain(sign())

  expect(status).toBe(1)
  expect(output).toMatch(/^✗ key /m)
  expect(output).toMatch(/^key file: .*people01_public.pem: is not a PEM file/m)
})

test('sends no control character of a hostile token to the terminal', async () => {
  const { explain } = await signingPlace()
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { appId: '\u009b31m\u001b[2J\u202e', iat: 0, exp: 1 }

  const { output: shown } = await explain(`${part({ alg: 'RS512' })}.${part(claims)}.AAAA`)
  const { output: reason } = await explain(`${part({ alg: '\u009b31m' })}.${part(claims)}.AAAA`)

  expect(shown).toContain('\\u009b31m\\u001b[2J\\u202e')
  expect(reason).toContain('\\u009b31m')
})

test.each([
  ['the token', (token: string) => `explain ${token}`],
  ['the token after Bearer, without quotes', (token: string) => `explain Bearer ${token}`],
  ['the token after the dash for standard input', (token: string) => `explain - ${token}`],
])(
  'does not take %s from the command line, says how to give a token, and does not print it',
  async (_, command) => {
    const { keys, sign } = await signingPlace()
    const token = sign()

    const { status, output, errors } = await keys(command(token))

    expect(status).toBe(2)
    expect(errors).toContain(`printf %s "$TOKEN" | npm run --silent keys -- explain -`)
    expect(output + errors).not.toContain(token.slice(0, 20))
  },
)

const QUOTES = /Quotes are around the token/
const BEARER = /"Bearer" is before the token.*not into x-token/
const BREAK = /A space or a line break is in the token/
const HEADER = /The name of the header is before the token/

test.each<[string, (token: string) => string, RegExp[]]>([
  ['Bearer', (token) => `Bearer ${token}`, [BEARER]],
  ['double quotes', (token) => `"${token}"\n`, [QUOTES]],
  ['single quotes', (token) => `'${token}'`, [QUOTES]],
  ['typographic quotes', (token) => `“${token}”`, [QUOTES]],
  ['a line break in the middle', (token) => `${token.slice(0, 80)}\n${token.slice(80)}`, [BREAK]],
  ['a whole header', (token) => `x-token: ${token}`, [HEADER]],
  ['another header', (token) => `Authorization: Bearer ${token}\r\n`, [HEADER, BEARER]],
  ['all of it', (token) => `"Bearer '${token.slice(0, 9)} ${token.slice(9)}'"`, [QUOTES, BEARER, BREAK]],
])('reports %s, and checks the token without it', async (_, wrap, faults) => {
  const { explain, sign } = await signingPlace()

  const { status, output } = await explain(wrap(sign()))

  expect(status).toBe(1)
  for (const fault of faults) expect(output).toMatch(fault)
  expect(output.match(/^✗ /gm)).toHaveLength(faults.length)
  expect(output.match(/^✓ /gm)).toHaveLength(12)
})

async function signingPlace() {
  const place = await provisionedPlace()
  const explain = (token: string, options = '') =>
    place.keys(`explain -${options && ` ${options}`}`, { readInput: () => token })
  const sign = ({ audience = AUDIENCE } = {}) =>
    signToken({ appId: 'people01', privateKey: loadPrivateKey(place.places.privateKey(PEOPLE)), audience })
  return { ...place, explain, sign }
}
