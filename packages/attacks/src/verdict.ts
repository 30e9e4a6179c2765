import type { Expectation } from './probe.ts'
import type { Signer } from './signing.ts'

/** What an API said: `body` is its JSON, if it was JSON. */
export type Answer = Readonly<{ status: number; body?: unknown }>

/** `granted`: what the API says that the application may do. With `statusOnly` nothing but the status is judged. */
export type Measure = Readonly<{
  application: Signer
  granted?: readonly string[] | undefined
  statusOnly?: boolean
}>

/** Says what is wrong with an answer, or nothing where it is as it should be. */
export function judge(expect: Expectation, answer: Answer, measure: Measure): string | undefined {
  if (answer.status !== expect.status) return 'another status'
  if (measure.statusOnly) return undefined
  return codeFault(expect, answer) ?? callerFault(expect, answer, measure)
}

/** The stable code of a problem document (RFC 9457 §3.2 lets it have more members than its own). */
export function codeOf({ body }: Answer): string | undefined {
  return isObject(body) && typeof body.code === 'string' ? body.code : undefined
}

function codeFault({ code }: Expectation, answer: Answer): string | undefined {
  const said = codeOf(answer)
  if (code === undefined || [code].flat().some((expected) => expected === said)) return undefined
  return said === undefined ? 'no code' : 'another code'
}

/** An API that says whom it takes a caller for must not take it for another, or for more than it is. */
function callerFault(
  { permissions = (granted) => granted }: Expectation,
  { body }: Answer,
  { application, granted }: Measure,
): string | undefined {
  if (!isObject(body)) return undefined
  if ('appId' in body && body.appId !== application.appId) return 'taken for another application'
  if ('keyId' in body && body.keyId !== application.keyId) return 'verified with another key'
  if (!granted || !Array.isArray(body.permissions)) return undefined
  return isSameSet(permissions(granted), body.permissions) ? undefined : 'other permissions'
}

function isSameSet(one: readonly unknown[], other: readonly unknown[]): boolean {
  return new Set(one).symmetricDifference(new Set(other)).size === 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
