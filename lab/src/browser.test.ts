import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { accessibilityFaults } from '../test/accessibility.ts'
import { launchBrowser, reasonToSkip } from '../test/browser.ts'
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

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1100, height: 800 }, ...options })
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(lab.url + path)
    return page
  }

  it.each([true, false])('an attack is picked and tried, with JavaScript: %s', async (javaScriptEnabled) => {
    const page = await open('/', { javaScriptEnabled })
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
    const page = await open('/')

    await page.getByRole('searchbox', { name: 'Name, RFC, CVE or error code' }).fill('crit authlib')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByRole('link', { name: 'crit: exp', exact: true }).click()
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByRole('navigation', { name: 'In this group' }).getByRole('link').last().click()

    await page.getByRole('heading', { name: 'crit: b64, and the claims as they are' }).waitFor()
  })

  it('the keyboard is enough', async () => {
    const page = await open('/')

    await tabTo(page, 'Skip to the content')
    await page.keyboard.press('Enter')
    await tabTo(page, 'aud: another service')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'aud: another service' }).waitFor()
    await tabTo(page, 'Send it')
    await page.keyboard.press('Enter')

    await page.getByRole('heading', { name: 'Stopped at “audience”' }).waitFor()
  })

  it.each(['light', 'dark'] as const)(
    'axe-core finds nothing in any page, in the %s',
    async (colorScheme) => {
      const page = await open('/', { colorScheme })
      const faults: string[] = []
      const look = async () => {
        faults.push(...(await accessibilityFaults(page)).map((fault) => `${page.url()} ${fault}`))
      }

      for (const path of ['/', '/?search=kid', '/?search=xyzzy', '/groups/header', '/nowhere']) {
        await page.goto(lab.url + path)
        await look()
      }
      for (const id of SORTS) {
        await page.goto(`${lab.url}/attacks/${id}`)
        await look()
        await page.getByRole('button', { name: 'Send it' }).click()
        await page.getByRole('button', { name: 'Send it again' }).waitFor()
        await look()
      }

      expect(faults).toEqual([])
    },
  )

  it('axe-core would find something', async () => {
    const page = await open('/')
    await page.setContent('<button></button>')

    expect(await accessibilityFaults(page)).toContainEqual(expect.stringContaining('button-name'))
  })

  it('no page is wider than a phone', async () => {
    const page = await open('/', { viewport: { width: 320, height: 640 } })

    for (const id of [
      'shape-JSON-flattened',
      'the-claims-nested-2-000-deep-and-never-closed',
      'kid-of-4-000-letters',
    ]) {
      await page.goto(`${lab.url}/attacks/${id}`)
      await page.getByRole('button', { name: 'Send it' }).click()
      await page.getByRole('button', { name: 'Send it again' }).waitFor()

      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
    }
  })
})

/** One of each sort of page that there can be after an attack. */
const SORTS = [
  'a-stranger-s-key-offered-by-jwk-beside-the-kid-of-the-application',
  'shape-two-parts-the-header-left-away',
  'two-tokens-in-two-fields-of-the-same-name',
  'a-good-token-of-24-KiB',
  'signed-by-hand',
]

/** Goes on with the tabulator until what is called so has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if ((await page.evaluate('document.activeElement.innerText')) === name) return
  }
  throw new Error(`"${name}" cannot be reached by keyboard`)
}
