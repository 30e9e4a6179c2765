import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { hostname } from 'node:os'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { redact } from './log.ts'

const token = 'eyJhbGciOiJSUzUxMiJ9.eyJhcHBJZCI6ImFwcC1vbmUifQ.c2lnbmF0dXJl'
const ODD = 'eyJh-b_cDE9-_.eyJ-_hcHB-JZ_.c2-lnb_mF-0dXJl-_'
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

test('adds only the level by name, an ISO time, the service and the replica to a line', () => {
  const { log, lines } = recordedLog()

  log.info({ a: 1 }, 'hello')

  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)
  expect(lines).toEqual([{ level: 'info', time, name: 'test', replica: hostname(), a: 1, msg: 'hello' }])
})

test('logs the code, the stack and the causes of an error, and none of its other fields', () => {
  const { log, lines, text } = recordedLog()
  const cause = new Error('the cause')
  const error = Object.assign(new TypeError('the error', { cause }), {
    code: 'E1',
    config: { body: 'private' },
  })

  log.error({ err: error }, 'failed')

  const stack = expect.stringMatching(/TypeError: the error\n {4}at [\s\S]*caused by: Error: the cause/)
  expect(lines[0]).toMatchObject({ err: { type: 'TypeError', code: 'E1', stack } })
  expect(text()).not.toContain('private')
})

test('never writes a token or a key, wherever the input contains it', () => {
  const { log, text } = recordedLog()
  const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n'

  log.error({ err: new Error(`bad ${token}`, { cause: new Error(key) }) }, `with ${token}`)
  log.info({ headers: { 'x-token': 'opaque' }, deep: { list: [token, key] } })
  log.child({ token }).info('bound')

  expect(text()).not.toMatch(/c2lnbmF0dXJl|MIIEvQ|opaque/)
})

test('a logged value cannot forge a second line', () => {
  const { log, text } = recordedLog()

  log.info({ value: 'x\n{"level":"fatal"}' }, 'a\r\nb')

  expect(text().trimEnd().split('\n')).toHaveLength(1)
})

test('logs a thrown value that is not an error', () => {
  const { log, lines } = recordedLog()

  log.error({ err: 'a string' }, 'failed')

  expect(lines[0]).toMatchObject({ err: 'a string' })
})

test('has written the first line when the call returns, so that even a killed process does not lose it', () => {
  const script = `
    import { createLog } from '${import.meta.dirname}/log.ts'
    createLog({ name: 'x', level: 'info' }).info('last words')
    process.kill(process.pid, 'SIGKILL')`

  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script])

  expect(stdout.toString()).toContain('last words')
})

test('writes the lines that wait for a slow reader before the process exits', async () => {
  // After `process.stdout` is accessed, a write to a full pipe fails instead of blocking.
  const script = `
    import { createLog } from '${import.meta.dirname}/log.ts'
    process.stdout
    const log = createLog({ name: 'x', level: 'info' })
    for (let count = 1; count <= 90; count++) log.info({ filling: 'x'.repeat(10_000) }, 'line ' + count)
    process.exit()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])

  const lines = (await text(child.stdout)).trimEnd().split('\n')

  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(lines.map((_, index) => `line ${index + 1}`))
  expect(lines).toHaveLength(90)
})

test.each([
  ['a whole token', `got ${token}!`, 'got [token]!'],
  ['a token with hyphens and underscores in each part', `${ODD} end`, '[token] end'],
  ['a token without signature', `${token.split('.').slice(0, 2).join('.')}.`, '[token]'],
  ['a token that is cut off', `${token.split('.')[0]} end`, '[token] end'],
  ['a PEM block', `key: ${pem}after`, 'key: [key]\nafter'],
  ['a PEM block that is cut off', `key: ${pem.slice(0, 80)}`, 'key: [key]'],
  ['a PEM block that is cut off before a backslash and a quote', `${pem.slice(0, 80)}\\"`, '[key]'],
])('replaces %s in a string', (_, secret, shown) => {
  const line = JSON.stringify({ msg: secret, next: 'stays' })

  expect(JSON.parse(redact(line))).toEqual({ msg: shown, next: 'stays' })
})

test.each(['x-token', 'authorization', 'Authorization', 'proxy-authorization', 'cookie', 'set-cookie'])(
  'replaces the value of the header %s at any depth, whatever its type',
  (name) => {
    const line = JSON.stringify({ a: { [name]: 'se"cret' }, b: [{ [name]: ['se]cret', 'x'] }], c: 'stays' })

    const shown = '[redacted]'
    expect(JSON.parse(redact(line))).toEqual({ a: { [name]: shown }, b: [{ [name]: shown }], c: 'stays' })
  },
)

test('replaces keys and tokens in plain text, too', () => {
  expect(redact(`${token}\n${pem}`)).toBe('[token]\n[key]\n')
})

test('does not change a line without secrets', () => {
  const line = '{"msg":"eyJ is the beginning, see key.pem and the BEGIN line"}'

  expect(redact(line)).toBe(line)
})

test('needs linear time for hostile input: not 64 times as long for eight times as much', () => {
  const lineOf = (size: number) =>
    JSON.stringify({
      msg: '-----BEGIN '.repeat(size),
      token: 'eyJ'.repeat(2 * size),
      short: 'eyJ '.repeat(size),
    })
  const [short, long] = [lineOf(2000), lineOf(16_000)]

  expect(fastest(() => redact(long)) / fastest(() => redact(short))).toBeLessThan(30)
})

/** Milliseconds of the fastest of several calls. Other work of the machine may have slowed the others. */
function fastest(call: () => void): number {
  const times = Array.from({ length: 15 }, () => {
    const started = performance.now()
    call()
    return performance.now() - started
  })
  return Math.min(...times)
}
