import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '@signet/testing/repository'
import { startSystem } from '@signet/testing/system'
import { chromium } from 'playwright-core'

/** `npm run screenshots`: makes the images of the README, from the real pages in a real browser. */
const folder = join(ROOT, 'docs/images')
mkdirSync(folder, { recursive: true })

const system = await startSystem()
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
})
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 760 }, colorScheme: 'light' })
  await page.goto(`${system.appOne.url}/?search=ma`)
  await page.screenshot({ path: join(folder, 'app-one.png') })

  await page.goto(system.appTwo.url)
  await page.getByLabel('For').selectOption({ index: 7 })
  await page.getByLabel('Item').fill('A signet ring')
  await page.getByRole('button', { name: 'Place order' }).click()
  await page.locator('details').first().locator('summary').click()
  await page.screenshot({ path: join(folder, 'app-two.png'), fullPage: true, animations: 'disabled' })
} finally {
  await browser.close()
  await system.stop()
}
