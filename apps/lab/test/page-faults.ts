import type { Page } from 'playwright-core'
import { accessibilityFaults } from './accessibility.ts'
import { cutOff } from './cut-off.ts'

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
