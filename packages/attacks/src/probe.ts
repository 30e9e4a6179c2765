import type { AuthErrorCode } from '@signet/auth'
import type { Forge } from './forge.ts'

/** One request that an API must refuse (an attack) or accept (a valid request), and the answer that it must give. */
export type Probe = Readonly<{
  name: string
  group: Group
  /** The rule (RFC and section) or the CVE that the probe repeats. */
  why: string
  /** Makes a token or a whole request. Makes nothing where the material lacks what the probe needs. */
  forge: (forge: Forge) => string | ProbeRequest | undefined
  expect: Expectation
  /** A good token is sent first: an API that remembers verified tokens must not mistake this one for that one. */
  primed?: true
  /** The token has no `aud`: an API that requires one must refuse it. */
  lacksAudience?: true
}>

/** A request that carries its token in its own way. A field with a list of values is sent once for each value. */
export type ProbeRequest = Readonly<{
  method?: string
  path?: string
  headers?: Fields
  body?: string
}>

export type Fields = Readonly<Record<string, string | readonly string[]>>

export type Expectation = Readonly<{
  status: number
  /** Several where the contract leaves the code open. */
  code?: Codes
  /**
   * Returns the permissions that `GET /whoami` must name, from those that the application was granted. Without it: all
   * of them.
   */
  permissions?: (granted: readonly string[]) => readonly string[]
}>

/** The groups of probes, in the order in which an API should check. */
export const GROUPS = {
  transport: 'how the token is sent',
  size: 'requests and tokens that are too large, and large ones that are not',
  structure: 'the parts of a token',
  encoding: 'strict base64url',
  json: 'strict JSON',
  algorithm: 'RS512 only, as the verifier decides',
  header: 'the other header members',
  claims: 'types of claims, issuer, audience, scope',
  times: 'expiry, start, lifetime: both sides of every limit',
  application: 'the application ID, which becomes part of a file name',
  key: 'the key, which the token must not choose',
  signature: 'the signature itself',
  order: 'the first fault decides the answer',
} as const

export type Group = keyof typeof GROUPS

export function isAttack({ expect }: Probe): boolean {
  return expect.status >= 400
}

/** What an API that requires an audience must answer. */
export function requireAudience(probe: Probe): Probe {
  return probe.lacksAudience ? { ...probe, expect: refused('audience_missing') } : probe
}

type Ungrouped = Omit<Probe, 'group'>

export function inGroup(group: Group, probes: readonly Ungrouped[]): Probe[] {
  return probes.map((probe) => ({ ...probe, group }))
}

/** Makes one probe for each row of a table. */
export function each<Value>(
  values: Readonly<Record<string, Value>>,
  make: (title: string, value: Value) => Ungrouped,
): Ungrouped[] {
  return Object.entries(values).map(([title, value]) => make(title, value))
}

/** The code of the answer, or several codes where the contract leaves it open. */
export type Codes = AuthErrorCode | readonly AuthErrorCode[]

export function refused(code: Codes, status = 401): Expectation {
  return { status, code }
}

export const ACCEPTED: Expectation = { status: 200 }
