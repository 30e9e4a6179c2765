import { spawn, spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'

const token = 'eyJhbGciOiJSUzUxMiJ9.eyJhcHBJZCI6ImFwcC1vbmUifQ.c2lnbmF0dXJl'

test('writes lean lines: level by name, ISO time, the service', () => {
  const { log, lines } = recordedLog()

  log.info({ a: 1 }, 'hello')

  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)
  expect(lines).toEqual([{ level: 'info', time, name: 'test', a: 1, msg: 'hello' }])
})

test('logs an error with its code, its stack and its causes, and none of its other fields', () => {
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

test('never writes a token or a key, wherever it stands', () => {
  const { log, text } = recordedLog()
  const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n'

  log.error({ err: new Error(`bad ${token}`, { cause: new Error(pem) }) }, `with ${token}`)
  log.info({ headers: { 'x-token': 'opaque' }, deep: { list: [token, pem] } })
  log.child({ token }).info('bound')

  expect(text()).not.toMatch(/c2lnbmF0dXJl|MIIEvQ|opaque/)
})

test('keeps what is logged from forging a line', () => {
  const { log, text } = recordedLog()

  log.info({ value: 'x\n{"level":"fatal"}' }, 'a\r\nb')

  expect(text().trimEnd().split('\n')).toHaveLength(1)
})

test('logs whatever was thrown', () => {
  const { log, lines } = recordedLog()

  log.error({ err: 'a string' }, 'failed')

  expect(lines[0]).toMatchObject({ err: 'a string' })
})

test('has written a line when the call returns, so that a process which is killed loses none', () => {
  const script = `
    import { createLog } from '${import.meta.dirname}/log.ts'
    createLog({ name: 'x', level: 'info' }).info('last words')
    process.kill(process.pid, 'SIGKILL')`

  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script])

  expect(stdout.toString()).toContain('last words')
})

test('has written what waits for a slow reader when the process exits', async () => {
  // To touch `process.stdout` makes writing to a pipe fail where it would wait.
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
