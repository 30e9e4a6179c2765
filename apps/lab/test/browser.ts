import { existsSync } from 'node:fs'
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
