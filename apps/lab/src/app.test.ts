import { once } from 'node:events'
import { get } from 'node:http'
import { TargetError } from '@signet/attacks'
import { createReadiness } from '@signet/service'
import { serve, silentLog, testShell } from '@signet/web/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LINKS, type RunningLab, startLab } from '../test/running-lab.ts'
import { createApp } from './app.ts'
import type { Laboratory } from './laboratory.ts'

const NONE = '/attacks/alg-none-no-signature'

let lab: RunningLab
beforeAll(async () => {
  lab = await startLab()
})
afterAll(() => lab?.stop())

async function ask(path: string, { method = 'GET', headers = {} }: RequestInit = {}) {
  const response = await fetch(lab.url + path, { method, headers: { accept: 'text/html', ...headers } })
  return { status: response.status, headers: response.headers, page: await response.text() }
}

describe('the catalogue', () => {
  it('begins with the best-known attacks and the groups, and links to the applications', async () => {
    const { status, page } = await ask('/')

    expect(status).toBe(200)
    expect(page).toContain('<a href="/attacks/alg-none-no-signature">alg &quot;none&quot;, no signature</a>')
    expect(page.match(/href="\/groups\//g)).toHaveLength(13)
    for (const url of [lab.system.appOne, lab.system.appTwo]) expect(page).toContain(`href="${url}"`)
    expect(page).toContain(lab.system.api)
  })

  it('has a page for each group, with a lesson and its entries', async () => {
    const { page } = await ask('/groups/header')

    expect(page).toContain('crit lists extensions that the verifier must understand')
    expect(page).toContain('href="/attacks/crit-exp"')
    expect(page).toContain('Must be accepted')
  })

  it('finds entries by words', async () => {
    const { page } = await ask('/?search=kid+sql')

    expect(page).toContain('2 found for “kid sql”')
    expect(page).toContain('kid: SQL that is always true')
    expect((await ask('/?search=xyzzy')).page).toContain('0 found')
    expect((await ask('/?search=+')).page).toContain('Begin with these')
  })

  it('escapes what is searched for', async () => {
    expect((await ask(`/?search=${encodeURIComponent('"><script>')}`)).page).not.toContain('<script')
  })

  it.each(['/groups/nothing', '/groups/constructor', '/attacks/nothing', '/attacks/..%2f', '/nowhere'])(
    '%s is a page with 404',
    async (path) => {
      expect(await ask(path)).toMatchObject({ status: 404, page: expect.stringContaining('Page not found') })
    },
  )

  it.each([`/?search=${'a'.repeat(101)}`, '/?search=a&search=b'])('%s is a page with 400', async (path) => {
    expect((await ask(path)).status).toBe(400)
  })
})

describe('an attack', () => {
  it('is explained before it is sent, and GET sends nothing to the API', async () => {
    const before = lab.sent.length
    const { page } = await ask(NONE)

    expect(page).toContain('https://www.cve.org/CVERecord?id=CVE-2021-22160')
    expect(page).toContain('It must be <strong>refused</strong>')
    expect(page).toContain('<strong>algorithm</strong>: Is alg RS512?')
    expect(page).toContain(
      `<form class="send" method="post" action="${NONE}"><button>Send it</button></form>`,
    )
    expect(lab.sent.length).toBe(before)
  })

  it('can be guessed: no page shows the expected code before the attack is sent', async () => {
    const pages = await Promise.all(
      [NONE, '/', '/groups/algorithm', '/groups/order', '/?search=none'].map(
        async (path) => (await ask(path)).page,
      ),
    )

    for (const page of pages) expect(page).not.toMatch(/algorithm_not_allowed|token_\w+|audience_\w+|\b401\b/)
    expect((await ask(NONE, { method: 'POST' })).page).toContain('<code>401 algorithm_not_allowed</code>')
  })

  it('can be sent again with the button beside the verdict', async () => {
    const { page } = await ask(NONE, { method: 'POST' })

    const [, verdict = ''] = /<section class="verdict(.*?)<\/section>/s.exec(page) ?? []
    expect(verdict).toContain('<button>Send it again</button>')
    expect(page.match(/Send it again/g)).toHaveLength(1)
  })

  it('is one real request, with the request ID of the page', async () => {
    const before = lab.sent.length
    const { status, page } = await ask(NONE, { method: 'POST', headers: { 'x-request-id': 'my-request' } })

    expect(status).toBe(200)
    expect(lab.sent.slice(before)).toEqual([
      { path: '/whoami', headers: { 'x-request-id': 'my-request', 'x-token': expect.stringMatching(/\.$/) } },
    ])
    expect(page).toContain('&quot;requestId&quot;: &quot;my-request&quot;')
  })

  it('shows the verdict, the check, the differences and the answer', async () => {
    const { page } = await ask(NONE, { method: 'POST' })

    expect(page).toContain(
      '<title>401 algorithm_not_allowed · alg &quot;none&quot;, no signature · lab · Signet</title>',
    )
    expect(page).toContain('Stopped at “algorithm”')
    expect(page).toMatch(/<li class="stopped" aria-current="step">\s*<strong>algorithm<\/strong>/)
    expect(page).toContain('The reason in the log: alg is &quot;none&quot;')
    expect(page.match(/✓ passed|<em>passed<\/em>/g)).toHaveLength(2)
    expect(page).toContain('<mark>&quot;none&quot;</mark>')
    expect(page).toContain('In this one: empty.')
    expect(page).toContain('&quot;code&quot;: &quot;algorithm_not_allowed&quot;')
  })

  it('that is refused before the first check says so', async () => {
    const { page } = await ask('/attacks/a-valid-token-of-24-KiB', { method: 'POST' })

    expect(page).toContain('Stopped before the first check')
    expect(page).toContain('The HTTP parser refused the request')
  })

  it('in the request shows the request, and no token', async () => {
    const { page } = await ask('/attacks/a-token-in-the-query-as-access-token', { method: 'POST' })

    expect(page).not.toContain('The token, part by part')
    expect(page).toContain('access_token')
    expect(page).toContain('This attack is in the request, not in the token')
  })

  it('can use a second application', async () => {
    const { page } = await ask('/attacks/kid-another-application-s-whose-key-signs', { method: 'POST' })

    expect(page).toContain('the key of the second application verifies it')
    expect(page).toContain('Stopped at “key”')
  })

  it('that is a valid request is accepted, and the answer names the application', async () => {
    const { page } = await ask('/attacks/signed-by-hand', { method: 'POST' })

    expect(page).toContain('Accepted')
    expect(page).toContain('&quot;name&quot;: &quot;lab&quot;')
  })

  it('is not sent for another site, nor with another method', async () => {
    const before = lab.sent.length
    const crossSite = await ask(NONE, { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
    const put = await ask(NONE, { method: 'PUT' })

    expect([crossSite.status, put.status, put.headers.get('allow')]).toEqual([403, 405, 'GET, HEAD, POST'])
    expect(lab.sent.length).toBe(before)
  })
})

describe('when something is wrong', () => {
  const failing = async (attempt: Laboratory['attempt']) => {
    const readiness = createReadiness({ checks: {}, log: silentLog })
    const app = createApp({ laboratory: { attempt }, addresses: lab.system, readiness, log: silentLog })
    const server = await serve(app)
    const response = await fetch(server.url + NONE, { method: 'POST', headers: { accept: 'text/html' } })
    server.close()
    return { status: response.status, page: await response.text() }
  }

  it('says that the API cannot be reached', async () => {
    const answer = failing(() => Promise.reject(new TargetError('refused', 'ECONNREFUSED')))

    expect(await answer).toMatchObject({
      status: 502,
      page: expect.stringContaining('The API cannot be reached'),
    })
  })

  it('shows no details of an internal error', async () => {
    const { status, page } = await failing(() => Promise.reject(new Error('a secret')))

    expect(status).toBe(500)
    expect(page).not.toContain('a secret')
  })

  it('sends a 500 rather than a page that could hold a signature', async () => {
    const { status, page } = await failing(async (entry, requestId) => {
      const attempt = await lab.laboratory.attempt(entry, requestId)
      return { ...attempt, answer: { ...attempt.answer, body: 's'.repeat(342) } }
    })

    expect(status).toBe(500)
    expect(page).not.toContain('ssss')
  })

  it('says that an attack was accepted, and that the API and the library do not agree', async () => {
    const { page } = await failing(async (entry, requestId) => {
      const attempt = await lab.laboratory.attempt(entry, requestId)
      const answer = { ...attempt.answer, status: 200, code: undefined }
      return { ...attempt, answer, agrees: false, fault: 'another status' }
    })

    expect(page).toContain('class="verdict wrong"')
    expect(page).toContain('The attack was accepted')
    expect(page).toContain('This is wrong: another status')
    expect(page).toContain('do not agree')
  })
})

it('serves its stylesheet, and sends its content security policy with every answer', async () => {
  const style = await ask('/assets/lab.css')

  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
  for (const path of ['/', NONE, '/nowhere', '/healthz'])
    expect((await ask(path)).headers.get('content-security-policy')).toContain("default-src 'none'")
})

it('links to the applications and the API reference, and the applications link to the lab', async () => {
  for (const url of [lab.system.appOne, lab.system.appTwo, lab.url]) {
    const page = await (await fetch(url)).text()
    const own = LINKS.find(({ name }) => page.includes(`<a href="/" aria-current="true">${name}</a>`))

    expect(own).toBeDefined()
    for (const link of LINKS.filter((link) => link !== own))
      expect(page).toContain(`<a href="${link.url}">${link.name}</a>`)
  }
})

it('has pages under localhost and PUBLIC_HOSTS only, like the applications', async () => {
  const statusUnder = async (host: string, path: string, url = lab.url) => {
    const [response] = await once(get(url + path, { headers: { host } }), 'response')
    response.resume()
    return response.statusCode
  }

  expect(await statusUnder('rebinding.example:3003', NONE)).toBe(421)
  for (const url of [lab.url, lab.system.appOne, lab.system.appTwo])
    expect(await statusUnder('lab.example:80', '/', url)).toBe(200)
})

testShell((parts) => createApp({ laboratory: lab.laboratory, addresses: lab.system, ...parts }))
