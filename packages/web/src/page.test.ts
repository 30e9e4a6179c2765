import type { SiteLink } from '@signet/service'
import { expect, it } from 'vitest'
import { html } from './html.ts'
import { layout } from './page.ts'
import type { Receipt } from './receipt.ts'

const site = { name: 'app-test', purpose: 'a test' }
const EVIL = '"><script>alert(1)</script>'

const TRACE = { id: 'a'.repeat(32), flags: '01' }

async function render({
  title = 'Title',
  content = html`<h1>Title</h1>`,
  receipts = [] as Receipt[],
  requestId = 'id',
  links = [] as SiteLink[],
} = {}) {
  return String(await layout(site, { requestId, trace: TRACE, receipts, links }, { title, content }))
}

it('escapes every value that is put into a page', async () => {
  const receipt: Receipt = {
    call: EVIL,
    signed: { header: { alg: 'RS512', kid: EVIL }, claims: { appId: EVIL, iat: 1, exp: 2 }, reused: false },
    answer: { status: 200, caller: EVIL, requestId: EVIL },
    took: { roundTrip: 1 },
  }
  const page = await render({
    title: EVIL,
    content: html`<p title="${EVIL}">${EVIL}</p>`,
    requestId: EVIL,
    receipts: [receipt],
  })
  expect(page).not.toContain('<script')
  expect(page.split('&lt;script&gt;').length - 1).toBe(10)
})

it('has no script, no inline style and nothing from other sites, since its policy blocks them', async () => {
  expect(await render()).not.toMatch(/<script|<style|style=|\bon\w+=|https?:/)
})

it('can be used by keyboard and by screen reader: language, skip link, landmarks, one main heading', async () => {
  const page = await render()
  expect(page).toContain('<html lang="en">')
  expect(page).toMatch(/<body>\s*<a class="skip" href="#content">/)
  for (const landmark of ['<header>', '<main id="content"', '<footer>']) expect(page).toContain(landmark)
  expect(page.match(/<h1>/g)).toHaveLength(1)
})

it('links to the services whose addresses are known, marks its own, and names no others', async () => {
  const links = [
    { name: 'app-test', url: 'http://localhost:3001' },
    { name: 'API reference', url: 'https://localhost:3000/docs' },
  ]
  const page = await render({ links })

  expect(page).toContain('<a href="/" aria-current="true">app-test</a>')
  expect(page).toContain('<a href="https://localhost:3000/docs">API reference</a>')
  expect(page.match(/<nav/g)).toHaveLength(1)
  expect(await render()).not.toContain('<nav')
})

it('escapes the names and addresses of links', async () => {
  expect(await render({ links: [{ name: EVIL, url: EVIL }] })).not.toContain('<script')
})

it('says how tokens are signed, in agreement with the receipts', async () => {
  const signed = { header: { alg: 'RS512' as const }, claims: { appId: 'a', iat: 1, exp: 2 }, reused: true }
  const page = await render({ receipts: [{ call: 'GET /a', signed, took: { roundTrip: 1 } }] })

  expect(page).toContain('reused: signed for an earlier call')
  expect(page).toMatch(/sends it with\s+each call until shortly before it expires/)
  expect(page).not.toMatch(/signs\s+each\s+call/)
})

it('has the footer of the site if the site has one', async () => {
  const own = { ...site, footer: html`<em>otherwise</em>` }
  const page = String(
    await layout(own, { requestId: 'id', trace: TRACE, receipts: [] }, { title: 'Title', content: html`` }),
  )

  expect(page).toContain('<p><em>otherwise</em></p>')
  expect(page).not.toContain('shared secret')
})

it('links the stylesheet of the site after the common ones, if the site has one', async () => {
  const page = String(
    await layout(
      { ...site, stylesheet: '/assets/own.css' },
      { requestId: 'id', trace: TRACE, receipts: [] },
      { title: 'Title', content: html`` },
    ),
  )

  expect(page.indexOf('/assets/own.css')).toBeGreaterThan(page.indexOf('/assets/signet.css'))
  expect(await render()).not.toContain('own.css')
})

it('shows one receipt for each call, and no section if no call was made', async () => {
  const receipt = (call: string): Receipt => ({ call, took: { roundTrip: 1 } })
  expect(await render()).not.toContain('receipt')
  expect(await render({ receipts: [receipt('GET /a')] })).toContain('The receipt of this call')
  const two = await render({ receipts: [receipt('GET /a'), receipt('GET /b')] })
  expect(two).toContain('The receipts of these calls')
  expect(two.match(/<details>/g)).toHaveLength(2)
  expect(two).toContain('The API gave no answer.')
})
