import { DatabaseSync } from 'node:sqlite'
import { createService, type LogLine } from '@signet/testing/service'
import { startSystem } from '@signet/testing/system'
import { WITHIN } from '@signet/testing/wait'
import { afterAll, afterEach, expect, test, vi } from 'vitest'

const system = await startSystem()
afterAll(system.stop)

/** Each test restores the API; the pages recover by themselves. */
afterEach(() => vi.waitFor(async () => expect(await pages()).toEqual([200, 200]), WITHIN))

test('while the API is down the pages answer 502 and stay alive, and they recover when it is back', async () => {
  await system.api.kill()
  try {
    const { status, html } = await visit(system.appOne.url)

    expect(status).toBe(502)
    expect(html).toContain('<h1>The API cannot be reached</h1>')
    expect(html).toContain('api_unreachable')
    expect(await pages()).toEqual([502, 502])
    expect((await fetch(`${system.appTwo.url}/healthz`)).status).toBe(200)
  } finally {
    await system.api.start()
  }
  await vi.waitFor(async () => expect(await pages()).toEqual([200, 200]), WITHIN)
})

test('while the API does not answer the pages answer 504 after five seconds', async () => {
  system.api.signal('SIGSTOP')
  try {
    const { status, html } = await visit(system.appTwo.url)

    expect(status).toBe(504)
    expect(html).toContain('api_timeout')
  } finally {
    system.api.signal('SIGCONT')
  }
})

test('an internal error of the API is 502 on the page, with the same request ID in both logs', async () => {
  const database = new DatabaseSync(system.file('signet.sqlite'))
  database.exec('alter table users rename to elsewhere')
  try {
    const { status, html } = await visit(system.appOne.url, { 'x-request-id': 'went-wrong' })

    expect(status).toBe(502)
    expect(html).toContain('api_failed')
  } finally {
    database.exec('alter table elsewhere rename to users')
    database.close()
  }
  const ofThisVisit = ({ requestId, msg }: LogLine) => requestId === 'went-wrong' && msg === 'request'
  expect(await system.api.logged(ofThisVisit)).toMatchObject({ status: 500, code: 'internal_error' })
  expect(await system.appOne.logged(ofThisVisit)).toMatchObject({ status: 502, code: 'api_failed' })
})

test('an application that is refused answers 502, and names the permission that it lacks', async () => {
  await system.keys('add', 'unpermitted', 'orders:read')
  const page = createService('app-one', system.pageEnv('unpermitted'))
  await page.start()
  try {
    await vi.waitFor(async () => {
      const { status, html } = await visit(page.url)
      expect(status).toBe(502)
      expect(html).toContain('users:read')
    }, WITHIN)
  } finally {
    await page.kill()
  }
})

async function visit(url: string, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers })
  return { status: response.status, html: await response.text() }
}

async function pages(): Promise<number[]> {
  const answers = await Promise.all([visit(system.appOne.url), visit(system.appTwo.url)])
  return answers.map(({ status }) => status)
}
