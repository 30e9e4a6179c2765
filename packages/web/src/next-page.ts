/**
 * The `after` of the next page, from an API answer's `Link` header (RFC 8288 §3: `</users?after=x>; rel="next"`).
 * Undefined on the last page.
 */
export function nextPage(link: unknown): string | undefined {
  if (typeof link !== 'string') return undefined
  const target = link.match(/<([^>]*)>\s*;\s*rel="?next"?/)?.[1]
  if (target === undefined || !URL.canParse(target, BASE)) return undefined
  return new URL(target, BASE).searchParams.get('after') ?? undefined
}

// The target may be relative, and only its query is of interest.
const BASE = 'https://api.invalid'
