import { writeFileSync } from 'node:fs'
import { loadPrivateKey, signToken } from '@signet/auth'
import jwt from 'jsonwebtoken'
import { expect, test } from 'vitest'
import { PEOPLE, provisionedPlace } from '../temporary-place.ts'

const AUDIENCE = 'https://localhost:3000'

test('accepts what the API accepts, and says whose token it is', async () => {
  const { keys, sign } = await signingPlace()

  const { status, output } = await keys(`explain ${sign()}`)

  expect(status).toBe(0)
  expect(output.match(/^✓ \w+/gm)).toHaveLength(12)
  expect(output).toContain('Accepted: app-one, with users:read')
  expect(output).toContain('"appId":"people01"')
})

test('shows the check that failed, and which were not reached', async () => {
  const { keys, sign } = await signingPlace()
  const token = sign({ audience: 'https://elsewhere.test' })

  const { status, output } = await keys(`explain ${token}`)

  expect(status).toBe(1)
  expect(output).toMatch(/^✓ issuer /m)
  expect(output).toMatch(/^✗ audience .*: audience_mismatch/m)
  expect(output).toMatch(/^– signature .*: not reached/m)
  expect(output).toContain('Refused: 401 audience_mismatch.')
})

test('never shows the signature', async () => {
  const { keys, sign } = await signingPlace()
  const token = sign()

  const accepted = await keys(`explain ${token}`)
  const refused = await keys(`explain ${token}x`)

  for (const { output } of [accepted, refused])
    expect(output).not.toContain(token.split('.')[2]?.slice(0, 20))
})

test('reads the token from standard input', async () => {
  const { keys, sign } = await signingPlace()

  expect(await keys('explain -', { readInput: () => `${sign()}\n` })).toMatchObject({ status: 0 })
  expect(await keys('explain -', { readInput: () => '\n' })).toMatchObject({ status: 2 })
})

test('judges by the audiences that are named', async () => {
  const { keys, sign } = await signingPlace()
  const token = sign({ audience: 'https://b.test' })

  expect(await keys(`explain ${token} --audience https://a.test --audience https://b.test`)).toMatchObject({
    status: 0,
  })
})

test('takes the documented call, unless an audience is required', async () => {
  const { places, keys } = await signingPlace()
  const privateKey = loadPrivateKey(places.privateKey(PEOPLE))
  const token = jwt.sign({ appId: 'people01' }, privateKey, { algorithm: 'RS512', expiresIn: 300 })

  expect(await keys(`explain ${token}`)).toMatchObject({ status: 0 })
  expect(await keys(`explain ${token} --require-audience`)).toMatchObject({
    status: 1,
    output: expect.stringContaining('audience_missing'),
  })
})

test('tells the operator what the API keeps from the caller: revoked, or a wrong signature', async () => {
  const { keys, sign } = await signingPlace()
  const token = sign()
  const forged = `${token.slice(0, token.lastIndexOf('.'))}.AAAA`

  expect((await keys(`explain ${forged}`)).output).toMatch(/^✗ signature .*token_rejected \(no key verifies/m)
  await keys('revoke app-one')
  expect((await keys(`explain ${token}`)).output).toMatch(
    /^✗ application .*token_rejected \(the application is revoked/m,
  )
})

test('tells of a key file that cannot be used', async () => {
  const { places, keys, sign } = await signingPlace()
  writeFileSync(places.publicKey('people01'), 'nonsense')

  const { status, output } = await keys(`explain ${sign()}`)

  expect(status).toBe(1)
  expect(output).toMatch(/^✗ key /m)
  expect(output).toMatch(/^key file: .*people01_public.pem: is no PEM file/m)
})

test('sends no control character of a hostile token to the terminal', async () => {
  const { keys } = await signingPlace()
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { appId: '\u009b31m\u001b[2J\u202e', iat: 0, exp: 1 }

  const { output: shown } = await keys(`explain ${part({ alg: 'RS512' })}.${part(claims)}.AAAA`)
  const { output: reason } = await keys(`explain ${part({ alg: '\u009b31m' })}.${part(claims)}.AAAA`)

  expect(shown).toContain('\\u009b31m\\u001b[2J\\u202e')
  expect(reason).toContain('\\u009b31m')
})

async function signingPlace() {
  const place = await provisionedPlace()
  const sign = ({ audience = AUDIENCE } = {}) =>
    signToken({ appId: 'people01', privateKey: loadPrivateKey(place.places.privateKey(PEOPLE)), audience })
  return { ...place, sign }
}
