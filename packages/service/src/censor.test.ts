import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { censor } from './censor.ts'

const token = `${base64url('{"alg":"RS512"}')}.${base64url('{"appId":"app-one"}')}.c2lnbmF0dXJl`
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

test.each([
  ['a whole token', `got ${token}!`, 'got [token]!'],
  ['a token without signature', `${token.split('.').slice(0, 2).join('.')}.`, '[token]'],
  ['a token cut off', `${token.split('.')[0]} end`, '[token] end'],
  ['a PEM block', `key: ${pem}after`, 'key: [key]\nafter'],
  ['a PEM block cut short', `key: ${pem.slice(0, 80)}`, 'key: [key]'],
  ['a PEM block cut short before a backslash and a quote', `${pem.slice(0, 80)}\\"`, '[key]'],
])('takes %s out of a string', (_, secret, shown) => {
  const line = JSON.stringify({ msg: secret, next: 'stays' })

  expect(JSON.parse(censor(line))).toEqual({ msg: shown, next: 'stays' })
})

test.each(['x-token', 'authorization', 'Authorization', 'proxy-authorization', 'cookie', 'set-cookie'])(
  'takes the value of %s out at any depth, whatever it is',
  (name) => {
    const line = JSON.stringify({ a: { [name]: 'se"cret' }, b: [{ [name]: ['se]cret', 'x'] }], c: 'stays' })

    const shown = '[redacted]'
    expect(JSON.parse(censor(line))).toEqual({ a: { [name]: shown }, b: [{ [name]: shown }], c: 'stays' })
  },
)

test('takes keys and tokens out of plain text too', () => {
  expect(censor(`${token}\n${pem}`)).toBe('[token]\n[key]\n')
})

test('leaves a line without secrets as it is', () => {
  const line = '{"msg":"eyJ is the beginning, see key.pem and the BEGIN line"}'

  expect(censor(line)).toBe(line)
})

test('reads a megabyte of hostile input in well under a second', () => {
  const line = JSON.stringify({
    msg: '-----BEGIN '.repeat(50_000),
    token: 'eyJ'.repeat(100_000),
    short: 'eyJ '.repeat(50_000),
  })
  const started = performance.now()

  censor(line)

  expect(performance.now() - started).toBeLessThan(500)
})

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
