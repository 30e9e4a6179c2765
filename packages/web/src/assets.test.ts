import axios from 'axios'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assets } from './assets.ts'
import { serve } from './testing.ts'

let server: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  const app = express()
  app.use('/assets', assets())
  server = await serve(app)
})
afterAll(() => server.close())

const get = (path: string) => axios.get(server.url + path, { validateStatus: null })

it.each([
  ['/assets/pico.css', 'text/css; charset=utf-8', 'Pico CSS'],
  ['/assets/signet.css', 'text/css; charset=utf-8', 'Signet'],
  ['/assets/mark.svg', 'image/svg+xml', '<svg'],
])('serves %s, which a browser may keep for an hour', async (path, type, content) => {
  const { status, headers, data } = await get(path)
  expect([status, headers['content-type'], headers['cache-control']]).toEqual([
    200,
    type,
    'public, max-age=3600',
  ])
  expect(data).toContain(content)
})

it.each(['/assets/', '/assets/pico.scss', '/assets/..%2fsrc%2fassets.ts', '/assets/%2e%2e/package.json'])(
  'serves no other file: %s',
  async (path) => {
    expect((await get(path)).status).toBe(404)
  },
)
