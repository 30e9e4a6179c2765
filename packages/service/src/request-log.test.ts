import { connect } from 'node:net'
import { hostname } from 'node:os'
import { WITHIN } from '@signet/testing/wait'
import express, { type RequestHandler } from 'express'
import { expect, test, vi } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { serve } from '../test/serve.ts'
import { Problem } from './problem.ts'
import { logRequests } from './request-log.ts'
import { sendProblems } from './send-problems.ts'

const signIn: RequestHandler = (req, _res, next) => {
  const caller = { name: 'app-one', appId: 'A1', keyId: 'K1', permissions: ['*'] }
  Object.assign(req, { caller, claims: { jti: 'J1' } })
  next()
}

test('writes one line for each request, with caller, route and status, without the URL', async () => {
  const { origin, lines, text } = await serveApp()

  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const headers = { 'x-request-id': 'abc-1', traceparent }
  await fetch(`${origin}/people/7?secret=1`, { headers })

  await vi.waitFor(() => expect(lines).toHaveLength(1), WITHIN)
  // Exactly these fields: a further one could hold headers or claims.
  expect(lines[0]).toEqual({
    level: 'info',
    time: expect.any(String),
    name: 'test',
    replica: hostname(),
    msg: 'request',
    requestId: 'abc-1',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    client: '127.0.0.1',
    caller: 'app-one',
    appId: 'A1',
    keyId: 'K1',
    jti: 'J1',
    method: 'GET',
    route: '/people/:id',
    status: 200,
    milliseconds: expect.any(Number),
  })
  expect(text()).not.toMatch(/secret|people\/7/)
})

test('logs why a request was refused, and warns if it is an error of the service', async () => {
  const { origin, lines } = await serveApp()

  await fetch(`${origin}/refused`)
  await fetch(`${origin}/away`)

  await vi.waitFor(() => expect(lines).toHaveLength(2), WITHIN)
  const fields = [
    'level',
    'time',
    'name',
    'replica',
    'msg',
    'client',
    'traceId',
    'method',
    'route',
    'status',
    'milliseconds',
  ]
  const signed = ['requestId', 'caller', 'appId', 'keyId', 'jti']
  expect(Object.keys(lines[0] ?? {}).sort()).toEqual([...fields, ...signed, 'code', 'reason'].sort())
  expect(lines[0]).toMatchObject({ level: 'info', status: 404, code: 'not_found', reason: 'for the log' })
  expect(lines[1]).toMatchObject({ level: 'warn', status: 503, code: 'unavailable' })
  expect(lines[1]).not.toHaveProperty('reason')
})

test('logs a request whose connection is lost as 499', async () => {
  const { origin, lines, arrived } = await serveApp()
  const socket = connect(Number(new URL(origin).port))

  socket.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n')
  await arrived
  socket.resetAndDestroy()

  await vi.waitFor(() => expect(lines).toHaveLength(1), WITHIN)
  expect(lines[0]).toMatchObject({ level: 'info', route: '/never', status: 499 })
})

test.each([
  ['keeps a valid request ID', 'Abc_1-'.padEnd(64, 'x'), true],
  ['replaces one that is too long', 'x'.repeat(65), false],
  ['replaces one with other characters', 'a b', false],
])('%s', async (_, sent, kept) => {
  const { origin } = await serveApp()

  const answer = await fetch(`${origin}/people/7`, { headers: { 'x-request-id': sent } })

  const id = answer.headers.get('x-request-id')
  if (kept) expect(id).toBe(sent)
  else expect(id).toMatch(/^[0-9a-f-]{36}$/)
})

test('gives each request a different ID', async () => {
  const { origin } = await serveApp()

  const answers = await Promise.all([fetch(`${origin}/people/1`), fetch(`${origin}/people/1`)])

  const [first, second] = answers.map((answer) => answer.headers.get('x-request-id'))
  expect(first).not.toBe(second)
})

async function serveApp() {
  const { log, lines, text } = recordedLog()
  const { promise: arrived, resolve } = Promise.withResolvers<void>()
  const people = express.Router().get('/:id', (_req, res) => void res.json({}))
  const app = express()
  app.use(logRequests(log), signIn)
  app.use('/people', people)
  app.get('/refused', () => {
    throw new Problem('not_found', { reason: 'for the log' })
  })
  app.get('/away', () => {
    throw new Problem('unavailable')
  })
  app.get('/never', () => resolve())
  app.use(sendProblems({ log }))
  return { ...(await serve(app)), lines, text, arrived }
}
