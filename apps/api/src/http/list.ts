import type { Request, Response } from 'express'

/**
 * Answers with one page of a list, and links to the next (RFC 8288). The query asks for one entry more than the
 * page holds; whether it came says whether there is a next page.
 */
export function sendPage<Entry extends { id: string }>(
  req: Request,
  res: Response,
  entries: readonly Entry[],
  limit: number,
): void {
  const page = entries.slice(0, limit)
  const last = page.at(-1)
  if (entries.length > limit && last) {
    const next = new URL(req.originalUrl, 'https://localhost')
    next.searchParams.set('after', last.id)
    res.set('Link', `<${next.pathname}${next.search}>; rel="next"`)
  }
  res.json(page)
}
