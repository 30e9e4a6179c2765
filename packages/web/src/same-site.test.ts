import { sendProblems } from '@signet/service'
import axios from 'axios'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refuseCrossSite } from './same-site.ts'
import { serve, silentLog } from './testing.ts'

let server: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  const app = express()
  app.use(refuseCrossSite())
  app.use((_request, response) => response.send('done'))
  app.use(sendProblems({ log: silentLog }))
  server = await serve(app)
})
afterAll(() => server.close())

async function send(method: string, headers: Record<string, string>) {
  const { status, data } = await axios.request({ method, url: server.url, headers, validateStatus: null })
  return { status, code: data.code }
}

const host = () => new URL(server.url).host

describe('a post', () => {
  it.each([
    ['the own page', { 'sec-fetch-site': 'same-origin' }],
    ['the visitor, by hand', { 'sec-fetch-site': 'none' }],
    ['no browser', {}],
    [
      'a server between here and the own page, which changes the name in Origin',
      { 'sec-fetch-site': 'same-origin', origin: 'https://edge.example' },
    ],
  ])('passes when it comes from %s', async (_from, headers) => {
    expect(await send('post', headers)).toMatchObject({ status: 200 })
  })

  it('passes when an old browser names this very origin', async () => {
    expect(await send('post', { origin: server.url })).toMatchObject({ status: 200 })
    expect(await send('post', { origin: `https://${host()}` })).toMatchObject({ status: 200 })
    expect(await send('post', { origin: server.url, host: host().toUpperCase() })).toMatchObject({
      status: 200,
    })
  })

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }],
    ['a place unknown to the standard', { 'sec-fetch-site': '' }],
    ['another site, in an old browser', { origin: 'http://elsewhere.example' }],
    ['another port, in an old browser', { origin: 'http://localhost:1' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['an origin that is none', { origin: 'localhost' }],
    [
      'another site, whatever its origin claims',
      { 'sec-fetch-site': 'cross-site', origin: 'http://localhost' },
    ],
  ])('is refused when it comes from %s', async (_from, headers) => {
    expect(await send('post', headers)).toEqual({ status: 403, code: 'cross_site_request' })
  })

  it.each(['put', 'patch', 'delete'])('is refused as %s, too', async (method) => {
    expect(await send(method, { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 })
  })
})

it('lets links from elsewhere in', async () => {
  expect(await send('get', { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 200 })
  expect(await send('head', { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 200 })
})
