import type { Response } from 'express'
import { type PageContext, pageContext } from './context.ts'
import { type Html, html } from './html.ts'
import { receiptsView } from './receipt.ts'

/**
 * The application that serves the page: its name, as in the application registry, and its purpose. `stylesheet` is the
 * address of a stylesheet of its own. `footer` says how the application signs, if it does not sign as the others do.
 */
export type Site = { name: string; purpose: string; stylesheet?: string; footer?: Html }

/** `refreshAfter`: seconds after which the browser loads the page again. */
export type Page = { title: string; content: Html; status?: number; refreshAfter?: number | undefined }

/** Sends a page. Nothing may store it, since it holds claims and data that only this application may read. */
export async function sendPage(response: Response, site: Site, page: Page): Promise<void> {
  const body = await layout(site, pageContext(response), page)
  response
    .status(page.status ?? 200)
    .set('Cache-Control', 'no-store')
    .type('html')
    .send(body.toString())
}

/** A whole page: header, content, receipts and footer as landmarks, and a link that skips the header. */
export function layout(site: Site, context: PageContext, { title, content, refreshAfter }: Page): Html {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    ${refreshAfter !== undefined && html`<meta http-equiv="refresh" content="${refreshAfter}">`}
    <title>${title} · ${site.name} · Signet</title>
    <link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/pico.css">
    <link rel="stylesheet" href="/assets/signet.css">
    ${site.stylesheet && html`<link rel="stylesheet" href="${site.stylesheet}">`}
  </head>
  <body>
    <a class="skip" href="#content">Skip to the content</a>
    <header>
      <a class="brand" href="/"><img src="/assets/mark.svg" alt="" width="36" height="36"><span>Signet</span></a>
      <p>${site.name}<span class="purpose"> · ${site.purpose}</span></p>
      ${siteNav(site, context)}
    </header>
    <main id="content" tabindex="-1">
      ${content}
      ${receiptsView(context.receipts, site.name)}
    </main>
    <footer>
      <p>${site.footer ?? signing(site)}</p>
      <p>Request ID <code>${context.requestId}</code></p>
    </footer>
  </body>
</html>`
}

/** Links to the services whose addresses are known. This service is one of them, so that all pages have the same links. */
function siteNav({ name: here }: Site, { links = [] }: PageContext): Html | undefined {
  if (links.length === 0) return undefined
  return html`
      <nav class="sites" aria-label="Services">
        <ul>
          ${links.map(
            ({ name, url }) =>
              html`<li><a href="${name === here ? '/' : url}"${name === here && html` aria-current="true"`}>${name}</a></li>`,
          )}
        </ul>
      </nav>`
}

function signing({ name }: Site): Html {
  return html`No login and no shared secret: <strong>${name}</strong> signs a token with its own private key and sends it with
        each call until shortly before it expires. The API verifies it with the public key.`
}
