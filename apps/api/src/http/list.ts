import type { Request, Response } from 'express'

/**
 * Answers with one page of a list and a link to the next page (RFC 8288). It asks `read` for one entry more than the page
 * holds: if that entry exists, there is a next page.
 */
export async function sendList<Query extends { limit: number }, Entry extends { id: string }>(
  req: Request,
  res: Response,
  query: Query,
  read: (query: Query) => Promise<Entry[]>,
): Promise<void> {
  const entries = await read({ ...query, limit: query.limit + 1 })
  const page = entries.slice(0, query.limit)
  const last = page.at(-1)
  if (entries.length > page.length && last) {
    const next = new URL(req.originalUrl, 'https://localhost')
    next.searchParams.set('after', last.id)
    res.set('Link', `<${next.pathname}${next.search}>; rel="next"`)
  }
  res.json(page)
}
