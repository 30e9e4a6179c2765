import { expect } from 'vitest'

/**
 * A value that ends an attribute and begins an element, if it is put into a page without escaping. The field tells one value
 * from another.
 */
export function hostile(field: string): string {
  return `${field}"'><hostile>&`
}

/** The text that a page must have in place of `hostile(field)`, in its content and in its attributes. */
export function escaped(field: string): string {
  return `${field}&quot;&#39;&gt;&lt;hostile&gt;&amp;`
}

/** Expects that the values of these fields are on the page, and that none is there without escaping. */
export function expectEscaped(page: string, fields: readonly string[]): void {
  expect(page).not.toContain('<hostile')
  expect(fields.filter((field) => !page.includes(escaped(field)))).toEqual([])
}

/**
 * Opens the page at `/` and all pages that can be reached from there by links of this server. Returns the HTML of each page
 * by its address. Throws an error if there are more than a hundred: then each page leads to a new one.
 */
export async function walk(server: string): Promise<Map<string, string>> {
  const pages = new Map<string, string>()
  const waiting = ['/']
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    if (pages.has(address)) continue
    if (pages.size === MAXIMUM_PAGES) throw new Error(`more than ${MAXIMUM_PAGES} pages`)
    const response = await fetch(server + address, { headers: { accept: 'text/html' } })
    const page = await response.text()
    pages.set(address, page)
    for (const [, link = ''] of page.matchAll(/href="(\/[^"]*)"/g))
      if (!link.startsWith('/assets/')) waiting.push(link.replaceAll('&#39;', "'").replaceAll('&amp;', '&'))
  }
  return pages
}

const MAXIMUM_PAGES = 100
