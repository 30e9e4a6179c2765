import { existsSync } from 'node:fs'
import axe, { type AxeResults } from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startApi } from '../test/api.ts'

const { call, port, callers, clock } = await startApi()
const page = await call('/docs', { as: null })
const files = Array.from(page.text.matchAll(/(?:href|src)="(\/docs\/[^"]+)"/g), ([, file = '']) => file)

test('the page is open to all, and links to the description for a browser without JavaScript', () => {
  expect(page.status).toBe(200)
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(page.text).toContain('<a href="/openapi.json">')
})

test('its policy allows scripts, styles and requests of this origin only, and nothing inline', () => {
  const policy = String(page.headers['content-security-policy']).split(';').toSorted()

  expect(policy).toEqual([
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "script-src 'self'",
    "style-src 'self'",
  ])
})

test('each of its files is open, cached for an hour, and not sent again if it has not changed', async () => {
  expect(files).toHaveLength(5)
  for (const file of files) {
    const { status, headers } = await call(file, { as: null })
    expect([file, status, headers['cache-control']]).toEqual([file, 200, 'public, max-age=3600'])
    const again = { 'if-modified-since': String(headers['last-modified']) }
    expect((await call(file, { as: null, headers: again })).status).toBe(304)
  }
})

test('other files of Swagger UI and of this folder are not served', async () => {
  const names = [
    '',
    'index.html',
    'package.json',
    'swagger-initializer.js',
    'swagger-ui.css.map',
    '../package.json',
  ]
  for (const name of [...names, '%2e%2e/package.json', '..%2fsrc%2fmain.ts', 'docs.html'])
    expect([name, (await call(`/docs/${name}`, { as: null })).status]).toEqual([name, name ? 401 : 200])
})

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const isAbsent = !existsSync(CHROMIUM) && process.env.CI !== 'true'

const title = `in a real browser${isAbsent ? ` (skipped: there is no ${CHROMIUM})` : ''}`

describe.skipIf(isAbsent)(title, { timeout: 120_000 }, () => {
  let browser: Browser
  let tab: Page
  /** Console messages, errors of scripts, and requests to other origins. */
  const complaints: string[] = []

  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync']
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [...args, '--disable-background-networking', '--disable-component-update'],
    })
    tab = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    tab.setDefaultTimeout(60_000)
    tab.on('console', (message) => complaints.push(message.text()))
    tab.on('pageerror', (error) => complaints.push(String(error)))
    tab.on('request', (request) => {
      const { protocol, host } = new URL(request.url())
      if (protocol !== 'data:' && host !== `127.0.0.1:${port}`) complaints.push(request.url())
    })
    await tab.goto(`http://127.0.0.1:${port}/`)
  }, 120_000)
  afterEach(() => expect(complaints.splice(0)).toEqual([]))
  afterAll(() => browser?.close())

  test('it shows every operation', async () => {
    const { body } = await call<{ paths: object }>('/openapi.json')
    const operations = Object.values(body.paths).flatMap((item) => Object.keys(item))

    await tab
      .locator('.opblock')
      .nth(operations.length - 1)
      .waitFor()
    expect(await tab.locator('.opblock').count()).toBe(operations.length)
  })

  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('it is accessible, and no column is cut: %s, %i px wide', async (colorScheme, width) => {
    await tab.setViewportSize({ width, height: 844 })
    await tab.emulateMedia({ colorScheme })
    await tab.locator(colorScheme === 'dark' ? 'html.dark-mode' : 'html:not(.dark-mode)').waitFor()
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)

    await tab.evaluate(axe.source)
    const { violations } = await tab.evaluate<AxeResults>('axe.run()')
    // These are elements of Swagger UI. Everything else can be fixed in our stylesheet.
    const known = ['heading-order', 'nested-interactive', 'region']
    expect(violations.map(({ id }) => id).filter((id) => !known.includes(id))).toEqual([])
  })

  test('it sends a request with the entered token, and shows the answer', async () => {
    await tab.getByRole('button', { name: 'Authorize' }).click()
    await tab.getByLabel('Value:').fill(callers.sign('all', clock))
    await tab.getByRole('button', { name: 'Apply credentials' }).click()
    await tab.getByRole('button', { name: 'Close', exact: true }).click()
    await tab.locator('[data-path="/whoami"]').click()
    await tab.getByRole('button', { name: 'Try it out' }).click()
    await tab.getByRole('button', { name: 'Execute' }).click()

    await tab.locator('.live-responses-table').getByText(callers.ids.all).first().waitFor()
  })
})
