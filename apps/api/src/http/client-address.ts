import { isIPv4, isIPv6 } from 'node:net'

/**
 * The address under which refused tokens are counted: an IPv4 address, or the first 64 bits of an IPv6 address, since
 * one client is commonly given all addresses that begin so (RFC 6177 §2). Undefined for what is no address.
 */
export function countedAddress(text = ''): string | undefined {
  const address = bareAddress(text)
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return undefined
  const groups = groupsOf(address)
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return mappedAddress(groups.slice(6))
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** Some proxies write the port of the client into X-Forwarded-For as well: `192.0.2.1:5678`, `[2001:db8::1]:443`. */
export function bareAddress(text: string): string {
  const [, inBrackets, beforePort] = /^(?:\[(.+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? []
  return (inBrackets ?? beforePort ?? text).replace(/%.*/, '')
}

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros. `URL` knows every spelling. */
function groupsOf(address: string): string[] {
  const [left = [], right = []] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split('::')
    .map((part) => part.split(':').filter(Boolean))
  return [...left, ...Array(8 - left.length - right.length).fill('0'), ...right]
}

/** The IPv4 address in an IPv6 one (RFC 4291 §2.5.5.2), as a server on both protocols sees its clients. */
function mappedAddress(groups: string[]): string {
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((number) => [number >> 8, number & 255])
    .join('.')
}
