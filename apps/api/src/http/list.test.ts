import { expect, test } from 'vitest'
import { type Answer, startApi } from '../../test/api.ts'

type Page = { id: string }[]
const { call } = await startApi()

test.each([
  ['/users?limit=7', 50],
  ['/users?limit=50', 50],
  ['/users?limit=25&search=example.com', 25],
  ['/orders?limit=30', 200],
  ['/orders', 200],
  ['/orders?order=asc', 200],
  ['/orders?userId=u-007&limit=3', 4],
  ['/orders?order=desc', 200],
  ['/orders?limit=30&order=desc', 200],
  ['/orders?userId=u-007&limit=3&order=desc', 4],
])('the links of %s lead to every entry once', async (path, count) => {
  const pages = await walk(path)

  const ids = pages.flatMap(({ body }) => body.map(({ id }) => id))
  const sorted = [...new Set(ids)].toSorted()
  expect(ids).toHaveLength(count)
  expect(ids).toEqual(path.includes('desc') ? sorted.toReversed() : sorted)
})

test('a link keeps the order of a list that is newest first', async () => {
  const { body, headers } = await call<Page>('/orders?order=desc&limit=2')

  expect(headers.link).toBe(`</orders?order=desc&limit=2&after=${body[1]?.id}>; rel="next"`)
})

test('the last page has no link, even if it is full', async () => {
  const pages = await walk('/users?limit=25')

  expect(pages.map(({ body }) => body.length)).toEqual([25, 25])
})

test('an empty page has no link', async () => {
  const { body, headers } = await call<Page>('/users?after=u-050')

  expect([body, headers.link]).toEqual([[], undefined])
})

test('a link keeps the query, and changes only `after`', async () => {
  const { headers } = await call('/users?search=a%26b%3E%C3%A9&limit=1&after=u-001')
  const kept = await call('/users?search=%40EXAMPLE.com&limit=1&after=u-001')

  expect(headers.link).toBeUndefined()
  expect(kept.headers.link).toBe('</users?search=%40EXAMPLE.com&limit=1&after=u-003>; rel="next"')
})

test('a link never leads to another host', async () => {
  const { headers } = await call('http://elsewhere.example/users?limit=1')

  expect(headers.link).toBe('</users?limit=1&after=u-001>; rel="next"')
})

async function walk(path: string): Promise<Answer<Page>[]> {
  const pages: Answer<Page>[] = []
  for (let next: string | undefined = path; next; ) {
    const page: Answer<Page> = await call<Page>(next)
    pages.push(page)
    next = /^<([^>]+)>; rel="next"$/.exec(String(page.headers.link))?.[1]
    if (pages.length > 100) throw new Error('the links have no end')
  }
  return pages
}
