import { expect, test } from 'vitest'
import { readableLog } from './run-programs.ts'

const AT = '"time":"2026-11-30T18:36:14.808Z"'

test.each([
  [
    'a request',
    `{"level":"info",${AT},"name":"api","replica":"host","requestId":"r1","traceId":"t1","client":"127.0.0.1","caller":"app-one","appId":"a1","keyId":"k1","jti":"j1","method":"GET","route":"/users","status":200,"milliseconds":3.4,"msg":"request"}`,
    'api      GET /users 200 3 ms  app-one',
  ],
  [
    'a refused request that reached no route',
    `{"level":"info",${AT},"name":"api","replica":"host","requestId":"r1","traceId":"t1","client":"127.0.0.1","method":"GET","code":"token_missing","status":401,"milliseconds":0.4,"msg":"request"}`,
    'api      GET 401 0 ms  token_missing',
  ],
  [
    'a request that failed',
    `{"level":"warn",${AT},"name":"api","method":"GET","route":"/","code":"api_unreachable","reason":"ECONNREFUSED","status":502,"milliseconds":12,"msg":"request"}`,
    'api      WARN: GET / 502 12 ms  api_unreachable  ECONNREFUSED',
  ],
  [
    'a message with a value',
    `{"level":"info",${AT},"name":"api","signal":"SIGTERM","msg":"stopping"}`,
    'api      stopping {"signal":"SIGTERM"}',
  ],
  [
    'a line of another service, as the lab writes it',
    `{"level":"info",${AT},"name":"app-two","msg":"stopped"}`,
    'app-two  stopped',
  ],
  ['a line that is not JSON', 'Failed:', 'api      Failed:'],
  ['a line that only begins like JSON', '{ not JSON', 'api      { not JSON'],
])('%s is one readable line', (_, line, readable) => {
  const log = readableLog({ name: 'api', colors: false })

  expect(log.push(Buffer.from(`${line}\n`))).toBe(`${readable}\n`)
})

test('an error is shown with its stack', () => {
  const log = readableLog({ name: 'api', colors: false })
  const line = `{"level":"fatal",${AT},"name":"api","err":{"type":"Error","stack":"Error: no\\n    at here"},"msg":"uncaught error"}`

  const lines = log
    .push(Buffer.from(`${line}\n`))
    .trimEnd()
    .split('\n')

  expect(lines[0]).toContain('api      FATAL: uncaught error')
  expect(lines.join('\n')).toMatch(/Error: no\n.*at here/)
  expect(lines.every((each) => each.startsWith('api  '))).toBe(true)
})

test('a line that arrives in pieces is one line, even if a piece ends within a character', () => {
  const log = readableLog({ name: 'api', colors: false })
  const bytes = Buffer.from(`{"level":"info",${AT},"name":"api","msg":"Grüße"}\nlast line`)
  const pieces = [...bytes].map((byte) => log.push(Buffer.of(byte)))

  expect(pieces.join('') + log.end()).toBe('api      Grüße\napi      last line\n')
})

test('there are colours only if they are asked for', () => {
  const line = Buffer.from(`{"level":"warn",${AT},"name":"api","msg":"low"}\n`)

  expect(readableLog({ name: 'api', colors: true }).push(line)).toContain('\u001b[')
  expect(readableLog({ name: 'api', colors: false }).push(line)).not.toContain('\u001b[')
})
