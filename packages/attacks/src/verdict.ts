import type { Expectation } from './probe.ts'
import type { Signer } from './signing.ts'

/** An API's answer. `body` is set if the answer was JSON. */
export type Answer = Readonly<{ status: number; body?: unknown }>

/** `granted`: the application's permissions, as the API names them. With `statusOnly` only the status is compared. */
export type Criteria = Readonly<{
  application: Signer
  granted?: readonly string[] | undefined
  statusOnly?: boolean
}>

/** Returns what is wrong with an answer, or `undefined` for a right one. */
export function judge(expect: Expectation, answer: Answer, criteria: Criteria): string | undefined {
  if (answer.status !== expect.status) return 'wrong status'
  if (criteria.statusOnly) return undefined
  return codeFault(expect, answer) ?? callerFault(expect, answer, criteria)
}

/** The stable code of a problem document (an extension member, RFC 9457 §3.2). */
export function codeOf({ body }: Answer): string | undefined {
  return isObject(body) && typeof body.code === 'string' ? body.code : undefined
}

function codeFault({ code }: Expectation, answer: Answer): string | undefined {
  const received = codeOf(answer)
  if (code === undefined || [code].flat().some((expected) => expected === received)) return undefined
  return received === undefined ? 'no code' : 'wrong code'
}

/** If the API names the caller, it must be the right application, key and permissions. */
function callerFault(
  { permissions = (granted) => granted }: Expectation,
  { body }: Answer,
  { application, granted }: Criteria,
): string | undefined {
  if (!isObject(body)) return undefined
  if ('appId' in body && body.appId !== application.appId) return 'wrong application'
  if ('keyId' in body && body.keyId !== application.keyId) return 'wrong key'
  if (!granted || !Array.isArray(body.permissions)) return undefined
  return isSameSet(permissions(granted), body.permissions) ? undefined : 'wrong permissions'
}

function isSameSet(one: readonly unknown[], other: readonly unknown[]): boolean {
  return new Set(one).symmetricDifference(new Set(other)).size === 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
