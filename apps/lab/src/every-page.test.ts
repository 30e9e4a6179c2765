import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { LIMIT, launchBrowser } from '../test/browser.ts'
import { cutOnPhones, DESKTOP, faultsOf } from '../test/page-faults.ts'
import { PAGES, WIDE_PAGES } from '../test/pages.ts'
import { type RunningLab, startLab } from '../test/running-lab.ts'

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
