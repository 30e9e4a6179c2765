import type { AuthErrorCode } from '@signet/auth'
import type { Forge } from './forge.ts'

/** One request that an API must refuse (an attack) or accept (a valid one), and the answer that it must give. */
export type Probe = Readonly<{
  name: string
  group: Group
  /** The rule (RFC and section) or the CVE that it repeats. */
  why: string
  /** A token, or a whole request; nothing where the material lacks what it takes. */
  forge: (forge: Forge) => string | ProbeRequest | undefined
  expect: Expectation
  /** The good token goes first: an API that remembers what it has verified must not take this one for it. */
  primed?: true
}>

/** A request that carries its token in a way of its own. A list sends its header field once for each value. */
export type ProbeRequest = Readonly<{
  method?: string
  path?: string
  headers?: Fields
  body?: string
}>

export type Fields = Readonly<Record<string, string | readonly string[]>>

export type Expectation = Readonly<{
  status: number
  /** Where the contract leaves it open, several. */
  code?: Codes
  /** What `GET /whoami` names as permissions, made from those that the application was granted; all unless said. */
  permissions?: (granted: readonly string[]) => readonly string[]
}>

/** What the probes try, in the order in which an API should ask. */
export const GROUPS = {
  transport: 'the way in which the token is carried',
  size: 'requests and tokens that are too large, or only large',
  structure: 'what a token consists of',
  encoding: 'base64url, and only as it should be written',
  json: 'JSON, and only as it should be written',
  algorithm: 'RS512, and the verifier says so',
  header: 'what else the header says',
  claims: 'the types of the claims, issuer, audience, scope',
  times: 'expiry, validity, lifetime, both sides of every bound',
  application: 'the ID that becomes part of a file name',
  key: 'the key, which is not for the token to choose',
  signature: 'the signature itself',
  order: 'the first fault is the answer',
} as const

export type Group = keyof typeof GROUPS

export function isAttack({ expect }: Probe): boolean {
  return expect.status >= 400
}

type Ungrouped = Omit<Probe, 'group'>

export function inGroup(group: Group, probes: readonly Ungrouped[]): Probe[] {
  return probes.map((probe) => ({ ...probe, group }))
}

/** One probe for each row of a table. */
export function each<Value>(
  values: Readonly<Record<string, Value>>,
  make: (title: string, value: Value) => Ungrouped,
): Ungrouped[] {
  return Object.entries(values).map(([title, value]) => make(title, value))
}

/** What the pattern answers with: one code, or those that the contract leaves open. */
export type Codes = AuthErrorCode | readonly AuthErrorCode[]

export function refused(code: Codes, status = 401): Expectation {
  return { status, code }
}

export const ACCEPTED: Expectation = { status: 200 }
