import { z } from 'zod'

/** Where else a visitor may go: what the link is called, and where it leads. */
export type SiteLink = Readonly<{ name: string; url: string }>

/**
 * The setting SITE_LINKS: `app-one=http://localhost:3001,API reference=https://localhost:3000/docs`. A service does not
 * know the addresses that browsers use: behind a load balancer they differ from those that the services listen on. A
 * service that is not named is not linked to.
 */
export const siteLinks = z
  .string()
  .transform((text) => text.split(',').map(linkOf))
  .refine(
    (links) => links.every(isComplete),
    'must be names with their addresses, such as app-one=http://localhost:3001, separated by commas',
  )
  .refine(
    (links) => links.every(({ url }) => isAddressOfPages(url)),
    'must have http or https addresses only, without credentials',
  )
  .default([])

function linkOf(text: string): SiteLink {
  const [name = '', ...url] = text.split('=')
  return { name: name.trim(), url: url.join('=').trim() }
}

function isComplete({ name, url }: SiteLink): boolean {
  return /^[\w .-]{1,40}$/.test(name) && URL.canParse(url)
}

/** Every page links to it, so `javascript:` and the like are refused here. */
function isAddressOfPages(url: string): boolean {
  if (!URL.canParse(url)) return true
  const { protocol, username, password } = new URL(url)
  return (protocol === 'http:' || protocol === 'https:') && username + password === ''
}
