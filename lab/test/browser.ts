import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why nothing can be tried in a browser, if so. Where all must be tried (CI), a missing one is no excuse. */
export const reasonToSkip =
  existsSync(CHROMIUM) || process.env.CI === 'true' ? undefined : `there is no ${CHROMIUM}`

export function launchBrowser() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
