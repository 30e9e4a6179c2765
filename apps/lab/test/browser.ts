import { existsSync } from 'node:fs'
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { chromium } from 'playwright-core'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why nothing can be tried in a browser, if so. Where all must be tried (CI), a missing one is no excuse. */
export const reasonToSkip =
  existsSync(CHROMIUM) || process.env.CI === 'true' ? undefined : `there is no ${CHROMIUM}`

/** Milliseconds until a test gives up on the browser. It is as long as a test may take, since a busy machine is slow. */
export const LIMIT = 120_000

export function launchBrowser() {
  return chromium.launch({
    executablePath: CHROMIUM,
    timeout: LIMIT,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/**
 * What axe-core finds wrong with a page, by all its rules or by those named: the rule, and where. It is put in past the
 * page's policy, which has no scripts.
 */
export async function accessibilityFaults(page: Page, ...rules: string[]): Promise<string[]> {
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe.source)
  const options = { resultTypes: ['violations'], ...(rules.length > 0 && { runOnly: rules }) }
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`)
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target})`))
}

/**
 * What of a page a reader cannot see without scrolling sideways (WCAG 1.4.10): elements that are wider than the window,
 * and those whose content is wider than they are. What is meant for screen readers only is left out, and so are form
 * fields, in which one can write more than they show.
 */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(FIND)
}

// A text, since it runs in the page and TypeScript knows no DOM here.
const FIND = `(() => {
  const { clientWidth, scrollWidth } = document.scrollingElement
  const tell = (element) => element.tagName.toLowerCase() + (element.className && '.' + element.className)
  const isCut = (element) =>
    element.getBoundingClientRect().right > clientWidth + 0.5 ||
    (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible')
  const elements = [...document.querySelectorAll('body *')]
    .filter((element) => !element.closest('.unseen, .skip, .cards thead, input, select, summary'))
    .filter(isCut)
  return [...(scrollWidth > clientWidth ? ['the page'] : []), ...elements.map(tell)]
})()`

export const DESKTOP = { width: 1100, height: 800 }
export const PHONE = { width: 390, height: 800 }

/** What a visitor of the page that is open cannot read: in the light, in the dark, and on two phones. */
export async function faultsOf(page: Page) {
  await page.setViewportSize(DESKTOP)
  const light = await accessibilityFaults(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await accessibilityFaults(page, 'color-contrast')
  await page.emulateMedia({ colorScheme: 'light' })
  return { light, dark, cut: await cutOnPhones(page) }
}

/** What is cut off at 390 and 320 pixels. */
export async function cutOnPhones(page: Page): Promise<string[]> {
  const cut: string[] = []
  for (const width of [PHONE.width, 320]) {
    await page.setViewportSize({ ...PHONE, width })
    cut.push(...(await cutOff(page)).map((element) => `${width}: ${element}`))
  }
  return cut
}
