import { gzipSync } from 'node:zlib'
import express from 'express'
import { expect, test } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { serve } from '../test/serve.ts'
import { sendProblems } from './send-problems.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
test.each([
  [
    'JSON that does not parse',
    { body: '{"a":', headers: JSON_TYPE },
    400,
    'invalid_request',
    /not valid JSON/,
  ],
  [
    'a body that is too large',
    { body: 'x'.repeat(300), headers: JSON_TYPE },
    413,
    'body_too_large',
    /too large/,
  ],
  [
    'an unknown charset',
    { body: '{}', headers: { 'content-type': 'application/json; charset=koi9' } },
    415,
    'unsupported_media_type',
    /UTF-8/,
  ],
  [
    'an unknown content encoding',
    { body: '{}', headers: { ...JSON_TYPE, 'content-encoding': 'lzma' } },
    415,
    'unsupported_media_type',
    /without Content-Encoding/,
  ],
  [
    'gzip that is cut short',
    { body: gzipSync('{}').subarray(0, 12), headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
    400,
    'invalid_request',
    /not valid/,
  ],
  [
    'a form that is nested too deeply',
    { body: `a${'[a]'.repeat(40)}=1`, headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    400,
    'invalid_request',
    /nested too deeply/,
  ],
])('answers %s', async (_, request, status, code, detail) => {
  const { origin } = await serveApp()

  const answer = await fetch(`${origin}/echo`, { method: 'POST', ...request })

  expect(answer.status).toBe(status)
  expect(await answer.json()).toMatchObject({ code, detail: expect.stringMatching(detail) })
})

test('answers a path that cannot be decoded, without repeating it', async () => {
  const { origin } = await serveApp()

  const answer = await fetch(`${origin}/users/%ff`)

  expect(answer.status).toBe(400)
  const body = await answer.text()
  expect(body).toMatch(/invalid_request.*percent|percent.*invalid_request/)
  expect(body).not.toContain('%ff')
})

test('answers a file that is not there with 404, without its path', async () => {
  const { origin } = await serveApp()

  const answer = await fetch(`${origin}/file`)

  expect(answer.status).toBe(404)
  const body = await answer.text()
  expect(JSON.parse(body)).toMatchObject({ code: 'not_found' })
  expect(body).not.toContain('nowhere')
})

function serveApp() {
  const app = express()
  app.get('/file', (_req, res) => res.sendFile('/nowhere/at/all'))
  app.get('/users/:id', (_req, res) => void res.json({}))
  app.post('/echo', express.json({ limit: 200 }), express.urlencoded({ extended: true }), (_req, res) => {
    res.json({})
  })
  app.use(sendProblems({ log: recordedLog().log }))
  return serve(app)
}
