/** The form of a permission: `*`, or a subject and an action such as `users:read`. */
export const PERMISSION = /^(\*|[a-z][a-z0-9-]*:[a-z][a-z0-9-]*)$/

/**
 * Whether the granted permissions cover the needed one. `*` covers all.
 * @example permits(['reports:read', 'users:read'], 'users:read') // true
 */
export function permits(granted: readonly string[], needed: string): boolean {
  return granted.includes(needed) || granted.includes('*')
}

/**
 * The granted permissions, narrowed to the `scope` claim of a token (space-separated, RFC 8693 §4.2). A scope never adds a
 * permission. Without a scope all permissions stay; an empty scope leaves none.
 * @example narrow(['reports:read', 'users:read'], 'users:read orders:read') // ['users:read']
 */
export function narrow(granted: readonly string[], scope: string | undefined): readonly string[] {
  if (scope === undefined) return granted
  const asked = scope.split(' ')
  if (asked.includes('*')) return granted
  return asked.filter((permission) => PERMISSION.test(permission) && permits(granted, permission))
}
