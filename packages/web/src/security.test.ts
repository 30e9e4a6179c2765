import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { readConfig, sendProblems } from '@signet/service'
import axios from 'axios'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hostNames, refuseCrossSite, refuseOtherHosts, securityHeaders } from './security.ts'
import { serve, silentLog } from './testing.ts'

let server: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  const app = express()
  app.use(securityHeaders())
  app.use(refuseOtherHosts(['people.example.com', '192.0.2.7', '2001:db8::7', 'Bücher.example']))
  app.use(refuseCrossSite())
  app.use((_request, response) => response.send('done'))
  app.use(sendProblems({ log: silentLog }))
  server = await serve(app)
})
afterAll(() => server.close())

it('sends headers that forbid scripts, frames and content of other sites', async () => {
  const { headers } = await axios.get(server.url)
  expect(headers['content-security-policy']?.split(';').sort()).toEqual([
    "base-uri 'none'",
    "default-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "style-src 'self'",
  ])
  expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' })
  expect(headers).not.toHaveProperty('strict-transport-security')
})

it('lets browsers send the origin with posts to this server, since refuseCrossSite reads it', async () => {
  expect((await axios.get(server.url)).headers['referrer-policy']).toBe('same-origin')
})

async function ask(host: string, headers: Record<string, string> = {}) {
  const { status, data } = await axios.get(server.url, {
    headers: { ...headers, host },
    validateStatus: null,
  })
  return { status, code: data.code, detail: data.detail }
}

describe('a page', () => {
  it.each([
    'localhost',
    'localhost:3001',
    'LocalHost:1',
    'localhost.:3001',
    '127.0.0.1:3001',
    '[::1]',
    '[::1]:3001',
    '[0:0:0:0:0:0:0:1]:3001',
    'people.example.com',
    'PEOPLE.example.com.:8443',
    '192.0.2.7:3001',
    '[2001:DB8::7]:3001',
    'xn--bcher-kva.example',
  ])('answers under %s', async (host) => {
    expect(await ask(host)).toMatchObject({ status: 200 })
  })

  it.each([
    'rebinding.example',
    'rebinding.example:3001',
    'localhost.rebinding.example',
    'localhost:3001.rebinding.example',
    'notlocalhost',
    'example.com',
    'more.people.example.com',
    '127.0.0.1.rebinding.example',
    '127.0.0.2',
    '0.0.0.0:3001',
    '[::]:3001',
    '[::ffff:127.0.0.1]',
    '::1',
    'localhost@rebinding.example',
    'rebinding.example@localhost',
    'localhost/rebinding.example',
    'localhost localhost',
    'localhost, rebinding.example',
    'localhost:port',
    'localhost..',
    '*',
    '.',
  ])('is not shown under “%s”, and the answer says what to set', async (host) => {
    expect(await ask(host)).toEqual({
      status: 421,
      code: 'host_not_allowed',
      detail: expect.stringContaining('add it to PUBLIC_HOSTS'),
    })
  })

  it('is not shown because of X-Forwarded-Host or Forwarded', async () => {
    const forwarded = { 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' }
    expect(await ask('rebinding.example', forwarded)).toMatchObject({ status: 421 })
    expect(await ask('localhost', { 'x-forwarded-host': 'rebinding.example' })).toMatchObject({ status: 200 })
  })

  it.each(['GET / HTTP/1.0\r\n\r\n', 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'])(
    'is not shown to a client that names no host: %j',
    async (request) => {
      const { port } = new URL(server.url)
      const socket = connect(Number(port), 'localhost')
      await once(socket, 'connect')
      socket.write(request)
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 421 /)
    },
  )

  it('answers under localhost only if no other name is set', async () => {
    const app = express()
    app.use(refuseOtherHosts(), (_request, response) => response.send('done'))
    const local = await serve(app)
    const statusOf = async (host: string) =>
      (await axios.get(local.url, { headers: { host }, validateStatus: null })).status
    expect([await statusOf('localhost:1'), await statusOf('people.example.com')]).toEqual([200, 421])
    local.close()
  })
})

describe('PUBLIC_HOSTS', () => {
  const read = (value: string) => readConfig(z.object({ PUBLIC_HOSTS: hostNames }), { PUBLIC_HOSTS: value })

  it.each([
    'people.example.com',
    'a.example, b.example',
    '192.0.2.7,2001:db8::7,[2001:db8::8]',
    'my_machine',
  ])('may be %s', (value) => {
    expect(read(value).PUBLIC_HOSTS).toEqual(value.split(/, ?/))
  })

  it.each([
    ['https://people.example.com', 'leave out https:// and the path'],
    ['people.example.com/', 'leave out https:// and the path'],
    ['a.example,people.example.com:443', 'without a port'],
    ['[2001:db8::7]:443', 'without a port'],
    ['*.example.com', 'without wildcards'],
    ['*', 'without wildcards'],
    ['people example', 'separated by commas'],
    ['a.example,,b.example', 'without empty items'],
  ])('may not be %s, and the message says why', (value, message) => {
    expect(() => read(value)).toThrow(message)
    expect(() => read(value)).toThrow(/^PUBLIC_HOSTS must be [^\n]+$/)
  })
})

async function send(method: string, headers: Record<string, string>) {
  const { status, data } = await axios.request({ method, url: server.url, headers, validateStatus: null })
  return { status, code: data.code }
}

const host = () => new URL(server.url).host

describe('a post', () => {
  it.each([
    ['a page of this server', { 'sec-fetch-site': 'same-origin' }],
    ['an action of the visitor', { 'sec-fetch-site': 'none' }],
    ['a client that is no browser', {}],
    [
      'a page of this server through a proxy that changes the host name',
      { 'sec-fetch-site': 'same-origin', origin: 'https://edge.example' },
    ],
  ])('passes if it comes from %s', async (_from, headers) => {
    expect(await send('post', headers)).toMatchObject({ status: 200 })
  })

  it('passes if an old browser sends the origin of this server', async () => {
    expect(await send('post', { origin: server.url })).toMatchObject({ status: 200 })
    expect(await send('post', { origin: `https://${host()}` })).toMatchObject({ status: 200 })
    expect(await send('post', { origin: server.url, host: host().toUpperCase() })).toMatchObject({
      status: 200,
    })
  })

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }],
    ['a value that the standard does not know', { 'sec-fetch-site': '' }],
    ['another site, in an old browser', { origin: 'http://elsewhere.example' }],
    ['another port, in an old browser', { origin: 'http://localhost:1' }],
    ['a sandboxed frame', { origin: 'null' }],
    ['an origin that is not valid', { origin: 'localhost' }],
    [
      'another site, whatever its origin says',
      { 'sec-fetch-site': 'cross-site', origin: 'http://localhost' },
    ],
  ])('is refused if it comes from %s', async (_from, headers) => {
    expect(await send('post', headers)).toEqual({ status: 403, code: 'cross_site_request' })
  })

  it.each([
    ['localhost:300', 'http://localhost:3001'],
    ['localhost:3001', 'http://localhost:300'],
    ['localhost', 'http://localhost:3001'],
    ['localhost:3001', 'http://localhost'],
    ['localhost', 'http://localhost.example'],
    ['localhost', 'http://notlocalhost'],
    ['localhost', 'http://x.localhost'],
    ['localhost', 'http://localhost@elsewhere.example'],
    ['localhost', 'http://elsewhere.example/localhost'],
    ['localhost', 'localhost'],
  ])('to the host %s is refused if its origin is %s, which is only similar', async (host, origin) => {
    expect(await send('post', { host, origin })).toEqual({ status: 403, code: 'cross_site_request' })
  })

  it.each(['put', 'patch', 'delete'])('is refused as %s', async (method) => {
    expect(await send(method, { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 403 })
  })
})

it('answers requests that come from links on other sites', async () => {
  expect(await send('get', { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 200 })
  expect(await send('head', { 'sec-fetch-site': 'cross-site' })).toMatchObject({ status: 200 })
})
