import type { Response } from 'express'
import { pageContext } from './context.ts'
import { layout, type Page, type Site } from './layout.ts'

/** Answers with a page. It is never stored: it holds claims and what the API lets only this application read. */
export async function sendPage(response: Response, site: Site, page: Page): Promise<void> {
  const body = await layout(site, pageContext(response), page)
  response
    .status(page.status ?? 200)
    .set('Cache-Control', 'no-store')
    .type('html')
    .send(body.toString())
}
