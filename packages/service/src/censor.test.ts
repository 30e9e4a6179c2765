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

test('takes eight times as long for eight times as much hostile input, and not 64 times', () => {
  const lineOf = (size: number) =>
    JSON.stringify({
      msg: '-----BEGIN '.repeat(size),
      token: 'eyJ'.repeat(2 * size),
      short: 'eyJ '.repeat(size),
    })
  const [short, long] = [lineOf(2000), lineOf(16_000)]

  expect(fastest(() => censor(long)) / fastest(() => censor(short))).toBeLessThan(30)
})

/** Milliseconds of the fastest of several calls: what else the machine did slowed the others. */
function fastest(call: () => void): number {
  const times = Array.from({ length: 15 }, () => {
    const started = performance.now()
    call()
    return performance.now() - started
  })
  return Math.min(...times)
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
