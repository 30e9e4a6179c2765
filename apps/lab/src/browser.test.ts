import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  accessibilityFaults,
  cutOff,
  cutOnPhones,
  DESKTOP,
  faultsOf,
  launchBrowser,
  PHONE,
  reasonToSkip,
  TIMEOUT,
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

  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    // During a colour transition, axe-core would measure a contrast that is not the final one.
    const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(TIMEOUT)
    return context.newPage()
  }

  async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await newPage(options)
    onTestFinished(() => page.context().close())
    await page.goto(url)
    return page
  }

  describe('a visitor', () => {
    it('chooses and sends an attack, without JavaScript', async () => {
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

    it('finds an attack by a word, and goes to the next one with one click', async () => {
      const page = await open(lab.url)

      await page.getByRole('searchbox', { name: 'Name, RFC, CVE or error code' }).fill('crit authlib')
      await page.getByRole('button', { name: 'Search' }).click()
      await page.getByRole('link', { name: 'crit: exp', exact: true }).click()
      await page.getByRole('button', { name: 'Send it' }).click()
      await page.getByRole('navigation', { name: 'In this group' }).getByRole('link').last().click()

      await page.getByRole('heading', { name: 'crit: b64, and the claims as they are' }).waitFor()
    })

    it('needs only the keyboard', async () => {
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
  })

  describe('every page', () => {
    // All visits share one page: opening a page takes longer than a visit.
    let page: Page
    beforeAll(async () => {
      page = await newPage()
    })

    it.each(PAGES)('fits a phone, and axe-core finds no fault: %s', async (_name, visit) => {
      await visit(page, lab)

      expect(await faultsOf(page)).toEqual({ light: [], dark: [], cut: [] })
    })

    it.each(WIDE_PAGES)('fits a phone: %s', async (_name, visit) => {
      await visit(page, lab)

      expect(await cutOnPhones(page)).toEqual([])
    })
  })

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

  describe('the test itself', () => {
    it('finds a fault with axe-core', async () => {
      const page = await open(lab.url)
      await page.setContent('<button></button>')

      expect(await accessibilityFaults(page)).toContainEqual(expect.stringContaining('button-name'))
    })

    it('finds content that is cut off', async () => {
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
})

/** Presses Tab until the element with this text has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if ((await page.evaluate('document.activeElement.innerText')) === name) return
  }
  throw new Error(`"${name}" cannot be reached by keyboard`)
}
