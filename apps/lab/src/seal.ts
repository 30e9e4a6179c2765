import type { Page } from '@signet/web'
import { holdsSignature } from './withhold.ts'

/**
 * The last look at a page that tells of forged tokens: throws, so that the visitor gets a 500, rather than let anything
 * out that could be a signature. Whatever stands before it has withheld them already.
 */
export async function seal(page: Page): Promise<Page> {
  if (holdsSignature(String(await page.content))) throw new Error('a page held what could be a signature')
  return page
}
