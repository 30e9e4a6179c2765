import { existsSync } from 'node:fs'
import axe, { type AxeResults } from 'axe-core'
import { chromium, type Page } from 'playwright-core'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why the browser tests are skipped, if they are. In CI they never are: there, a missing browser is a failure. */
export const reasonToSkip =
  existsSync(CHROMIUM) || process.env.CI === 'true' ? undefined : `there is no ${CHROMIUM}`

/** Milliseconds that a test waits for the browser. It is as long as a test may take, because a busy machine is slow. */
export const TIMEOUT = 120_000

export const DESKTOP = { width: 1100, height: 800 }
export const PHONE = { width: 390, height: 800 }

export function launchBrowser() {
  return chromium.launch({
    executablePath: CHROMIUM,
    timeout: TIMEOUT,
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

/** What is wrong with the open page in light and dark mode, and what is cut off on two phones. */
export async function faultsOf(page: Page) {
  await page.setViewportSize(DESKTOP)
  const light = await accessibilityFaults(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await accessibilityFaults(page, 'color-contrast')
  await page.emulateMedia({ colorScheme: 'light' })
  return { light, dark, cut: await cutOnPhones(page) }
}

/** What is cut off at widths of 390 and 320 pixels. */
export async function cutOnPhones(page: Page): Promise<string[]> {
  const cut: string[] = []
  for (const width of [PHONE.width, 320]) {
    await page.setViewportSize({ ...PHONE, width })
    cut.push(...(await cutOff(page)).map((element) => `${width}: ${element}`))
  }
  return cut
}

/**
 * The faults that axe-core finds in a page, as a rule and an element each. `rules`: all rules if none is named. The content
 * security policy of the page permits no scripts, but does not apply to a script that Playwright evaluates.
 */
export async function accessibilityFaults(page: Page, ...rules: string[]): Promise<string[]> {
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe.source)
  const options = { resultTypes: ['violations'], ...(rules.length > 0 && { runOnly: rules }) }
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`)
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target})`))
}

/**
 * The elements that a reader must scroll sideways to see (WCAG 1.4.10): those that are wider than the window, and those
 * whose content is wider than they are. Elements for screen readers only are left out, and so are form fields, which scroll
 * their own text.
 */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(FIND_CUT_OFF)
}

// This script is a string because it runs in the page, and TypeScript has no DOM types here.
const FIND_CUT_OFF = `(() => {
  const { clientWidth, scrollWidth } = document.scrollingElement
  const nameOf = (element) => element.tagName.toLowerCase() + (element.className && '.' + element.className)
  const isCut = (element) =>
    element.getBoundingClientRect().right > clientWidth + 0.5 ||
    (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible')
  const elements = [...document.querySelectorAll('body *')]
    .filter((element) => !element.closest('.unseen, .skip, .cards thead, input, select, summary'))
    .filter(isCut)
  return [...(scrollWidth > clientWidth ? ['the page'] : []), ...elements.map(nameOf)]
})()`
