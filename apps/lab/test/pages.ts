import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { RunningLab } from './running-lab.ts'

type Kind = readonly [name: string, open: Open]
type Open = (page: Page, lab: RunningLab) => Promise<unknown>

/** Every kind of page of app-one, app-two and the lab, with the steps that open it. */
export const PAGES: readonly Kind[] = [
  ['the people', (page, { system }) => page.goto(system.appOne)],
  ['a search without a result', (page, { system }) => page.goto(`${system.appOne}/?search=xyzzy`)],
  ['a person, with the receipt of the call', personWithReceipt],
  ['a failure of app-one', (page, { system }) => page.goto(`${system.appOne}/?search=a&search=b`)],
  ['the orders', (page, { system }) => page.goto(system.appTwo)],
  ['an order with a long item name, and the receipts of its calls', placedOrder],
  ['an order that was refused', refusedOrder],
  ['an order that may be sent again', failedOrder],
  ['the lab', (page, { url }) => page.goto(url)],
  ['the attacks found by a search', (page, { url }) => page.goto(`${url}/?search=kid`)],
  ['a group of attacks', (page, { url }) => page.goto(`${url}/groups/header`)],
  ['an attack, with the checks', attackWithChecks],
  // One for each kind of attack.
  [
    'a token with another key',
    afterSending('an-unknown-signer-s-key-offered-by-jwk-beside-the-kid-of-the-application'),
  ],
  ['a token of two parts', afterSending('shape-two-parts-without-the-header')],
  ['two tokens', afterSending('two-tokens-in-two-fields-of-the-same-name')],
  ['a token that is too large', afterSending('a-valid-token-of-24-KiB')],
  ['a token that is accepted', afterSending('signed-by-hand')],
]

/** Pages of the same kinds, with the widest content. */
export const WIDE_PAGES: readonly Kind[] = [
  ['orders, one of them with a long item name', (page, { system }) => page.goto(system.appTwo)],
  ['a token of another form', afterSending('shape-JSON-flattened')],
  ['claims that are never closed', afterSending('the-claims-nested-2-000-deep-and-never-closed')],
  ['a key ID of 4,000 characters', afterSending('kid-of-4-000-letters')],
]

function afterSending(id: string): Open {
  return async (page, { url }) => {
    await page.goto(`${url}/attacks/${id}`)
    await page.getByRole('button', { name: 'Send it' }).click()
    await page.getByRole('button', { name: 'Send it again' }).waitFor()
  }
}

async function attackWithChecks(page: Page, { url }: RunningLab): Promise<void> {
  await page.goto(`${url}/attacks/alg-none-no-signature`)
  await page.getByText('The checks, in their order').click()
}

async function personWithReceipt(page: Page, { system }: RunningLab): Promise<void> {
  await page.goto(`${system.appOne}/people/u-001`)
  await page.locator('summary').click()
}

async function placedOrder(page: Page, { system }: RunningLab): Promise<void> {
  await fillIn(page, system.appTwo, 'W'.repeat(120))
  await page.getByRole('button', { name: 'Place order' }).click()
  await page.getByRole('link', { name: 'All orders' }).waitFor()
  for (const summary of await page.locator('summary').all()) await summary.click()
}

async function refusedOrder(page: Page, { system }: RunningLab): Promise<void> {
  await fillIn(page, system.appTwo, '')
  // Otherwise the browser itself would refuse to send this form.
  await page.locator('form.order').evaluate((form) => {
    Object.assign(form, { noValidate: true })
  })
  await page.getByRole('button', { name: 'Place order' }).click()
  await page.getByRole('alert').waitFor()
}

/** Moves the public key of app-two away for a moment, so that the API refuses its calls. */
async function failedOrder(page: Page, { system }: RunningLab): Promise<void> {
  await fillIn(page, system.appTwo, 'Ring')
  const listed: { appId: string; name: string }[] = JSON.parse(
    readFileSync(system.places.applications, 'utf8'),
  )
  const appId = listed.find(({ name }) => name === 'app-two')?.appId
  const file = join(system.places.publicKeys, `${appId}_public.pem`)
  renameSync(file, `${file}.away`)
  try {
    while ((await fetch(system.appTwo)).status === 200) await setTimeout(50)
    await page.getByRole('button', { name: 'Place order' }).click()
    await page.getByRole('button', { name: 'Send the order again' }).waitFor()
  } finally {
    renameSync(`${file}.away`, file)
  }
  while ((await fetch(system.appTwo)).status !== 200) await setTimeout(50)
}

async function fillIn(page: Page, appTwo: string, item: string): Promise<void> {
  await page.goto(appTwo)
  await page.getByLabel('For').selectOption({ index: 2 })
  await page.getByLabel('Item').fill(item)
}
