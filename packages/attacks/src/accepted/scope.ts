import { each, inGroup } from '../probe.ts'

const NARROWS = 'RFC 8693 §4.2: a list of words with spaces between; it narrows, and never adds'

/** What is left of the permissions. */
const SCOPES: Record<string, [scope: string, left: (granted: readonly string[]) => readonly string[]]> = {
  'of one permission': ['users:read', (granted) => only(granted, 'users:read')],
  'of two': ['users:read orders:read', (granted) => only(granted, 'users:read', 'orders:read')],
  'of three, in another order': [
    'orders:write orders:read users:read',
    (granted) => only(granted, 'users:read', 'orders:read', 'orders:write'),
  ],
  'that asks for all': ['*', (granted) => granted],
  'that asks for one, and for all': ['users:read *', (granted) => granted],
  'that is empty': ['', () => []],
  'of a space': [' ', () => []],
  'of words that permit nothing here': ['openid profile email', () => []],
  'of a permission that nobody has': ['secrets:read', (granted) => only(granted, 'secrets:read')],
  'of a word that begins like a permission': [
    'users:readwrite',
    (granted) => only(granted, 'users:readwrite'),
  ],
  'of a permission in upper case': ['USERS:READ', () => []],
  'of a permission that is cut short': ['users', () => []],
  'of a pattern': ['users:*', () => []],
  'with two spaces between': [
    'users:read  orders:read',
    (granted) => only(granted, 'users:read', 'orders:read'),
  ],
  'with a tab between': ['users:read\torders:read', () => []],
  'with a comma between': ['users:read,orders:read', () => []],
}

export const scope = inGroup(
  'claims',
  each(SCOPES, (title, [value, permissions]) => ({
    name: `a scope ${title}`,
    why: NARROWS,
    forge: ({ token }) => token({ claims: { scope: value } }),
    expect: { status: 200, permissions },
  })),
)

function only(granted: readonly string[], ...asked: string[]): readonly string[] {
  return granted.includes('*') ? asked : granted.filter((permission) => asked.includes(permission))
}
