import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  accessibilityFaults,
  cutOff,
  cutOnPhones,
  DESKTOP,
  faultsOf,
  LIMIT,
  launchBrowser,
  PHONE,
  reasonToSkip,
} from '../test/browser.ts'
import { PAGES, WIDE_PAGES } from '../test/pages.ts'
import { type RunningLab, startLab } from '../test/running-lab.ts'

const title = `in a real browser${reasonToSkip ? ` (skipped: ${reasonToSkip})` : ''}`

describe.skipIf(reasonToSkip)(title, () => {
  let lab: RunningLab
  let browser: Browser
  beforeAll(async () => {
    ;[lab, browser] = await Promise.all([startLab(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await lab?.stop()
  })

  async function openEmpty(options: BrowserContextOptions = {}): Promise<Page> {
    // A colour that is on its way to another one has no contrast of its own.
    const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(LIMIT)
    return context.newPage()
  }

  async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await openEmpty(options)
    onTestFinished(() => page.context().close())
    await page.goto(url)
    return page
  }

  it('an attack is picked and tried, without JavaScript', async () => {
    const page = await open(lab.url, { javaScriptEnabled: false })
    const bodies: Promise<string>[] = []
    page.on('response', (response) => bodies.push(response.text().catch(() => '')))

    await page.getByRole('link', { name: 'The algorithm' }).click()
    await page
      .getByRole('link', { name: 'alg HS512, keyed with the public key as SPKI PEM', exact: true })
      .click()
    await page.getByRole('button', { name: 'Send it' }).click()

    await page.getByRole('heading', { name: 'Stopped at “algorithm”' }).waitFor()
    expect(await page.locator('[aria-current=step]').textContent()).toContain('stopped here')
    expect(await page.locator('.forged mark').first().textContent()).toBe('"HS512"')
    expect(await page.getByRole('region', { name: 'The answer of the API' }).textContent()).toContain(
      '"code": "algorithm_not_allowed"',
    )
    const all = (await Promise.all(bodies)).join('\n')
    expect(all).toContain('Stopped at')
    const [, , signature = ''] = lab.goodToken().split('.')
    for (let start = 0; start < signature.length; start += 32)
      expect(all).not.toContain(signature.slice(start, start + 32))
  })

  it('an attack is found by a word, and the next one is a press away', async () => {
    const page = await open(lab.url)

    await page.getByRole('searchbox', { name: 'Name, RFC, CVE or error code' }).fill('crit authlib')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByRole('link', { name: 'crit: exp', exact: true }).click()
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByRole('navigation', { name: 'In this group' }).getByRole('link').last().click()

    await page.getByRole('heading', { name: 'crit: b64, and the claims as they are' }).waitFor()
  })

  it('the keyboard is enough', async () => {
    const page = await open(lab.url)

    await tabTo(page, 'Skip to the content')
    await page.keyboard.press('Enter')
    await tabTo(page, 'aud: another service')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'aud: another service' }).waitFor()
    await tabTo(page, 'Send it')
    await page.keyboard.press('Enter')

    await page.getByRole('heading', { name: 'Stopped at “audience”' }).waitFor()
  })

  // every-page.test.ts visits all the others.
  it.each(PAGES.filter(([name]) => ['the people', 'the orders', 'a token with another key'].includes(name)))(
    'fits a phone, and axe-core finds no fault: %s',
    async (_name, visit) => {
      const page = await openEmpty()
      onTestFinished(() => page.context().close())
      await visit(page, lab)

      expect(await faultsOf(page)).toEqual({ light: [], dark: [], cut: [] })
    },
  )

  it('a table whose rows are cards on a phone is still a table to a screen reader', async () => {
    const page = await open(lab.system.appTwo, { viewport: PHONE })
    const session = await page.context().newCDPSession(page)
    const { nodes } = await session.send('Accessibility.getFullAXTree')
    const rolesOf = (role: string) => nodes.filter((node) => node.role?.value === role && !node.ignored)

    const layout = await page.evaluate("getComputedStyle(document.querySelector('.cards tbody tr')).display")

    expect(layout).toBe('block')
    expect(rolesOf('columnheader').map(({ name }) => name?.value)).toEqual([
      'Item',
      'Quantity',
      'For',
      'Placed',
    ])
    expect(rolesOf('cell').length).toBe(3 * rolesOf('rowheader').length)
    expect(rolesOf('row').length).toBe(1 + rolesOf('rowheader').length)
  })

  it('axe-core would find something', async () => {
    const page = await open(lab.url)
    await page.setContent('<button></button>')

    expect(await accessibilityFaults(page)).toContainEqual(expect.stringContaining('button-name'))
  })

  it('what is cut off would be found', async () => {
    const page = await open('about:blank', { viewport: PHONE })
    const wide = '<p style="width: 30rem">wide</p>'

    await page.setContent(wide)
    expect(await cutOff(page)).toEqual(['the page', 'p'])
    await page.setContent(`<div class="scroll" style="overflow-x: auto">${wide}</div>`)
    expect(await cutOff(page)).toEqual(['div.scroll', 'p'])
    await page.setContent(`<p style="overflow: hidden; white-space: nowrap">${'word '.repeat(40)}</p>`)
    expect(await cutOff(page)).toEqual(['p'])
  })
})

/** Goes on with the tabulator until what is called so has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if ((await page.evaluate('document.activeElement.innerText')) === name) return
  }
  throw new Error(`"${name}" cannot be reached by keyboard`)
}

let lab: RunningLab
let browser: Browser
// One for all visits: a new one costs more than a visit.
let page: Page
beforeAll(async () => {
  ;[lab, browser] = await Promise.all([startLab(), launchBrowser()])
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: 'reduce' })
  context.setDefaultTimeout(LIMIT)
  page = await context.newPage()
})
afterAll(async () => {
  await browser?.close()
  await lab?.stop()
})

it.each(PAGES)('fits a phone, and axe-core finds no fault: %s', async (_name, visit) => {
  await visit(page, lab)

  expect(await faultsOf(page)).toEqual({ light: [], dark: [], cut: [] })
})

it.each(WIDE_PAGES)('fits a phone: %s', async (_name, visit) => {
  await visit(page, lab)

  expect(await cutOnPhones(page)).toEqual([])
})
