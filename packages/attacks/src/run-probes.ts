import { randomUUID } from 'node:crypto'
import { createForge, type Forge, type Material } from './forge.ts'
import { type Codes, isAttack, type Probe, type ProbeRequest } from './probe.ts'
import type { Received, Target } from './target.ts'
import { clockDifference, TargetError } from './target.ts'
import { codeOf, judge, type Measure } from './verdict.ts'

export type Result = Readonly<{
  name: string
  group: Probe['group']
  kind: 'attack' | 'accepted'
  why: string
  expect: Readonly<{ status: number; code?: Codes }>
  answer?: Readonly<{ status?: number; code?: string | undefined }>
  verdict: 'right' | 'wrong' | 'skipped'
  /** What is wrong, in words. */
  fault?: string
}>

/** `clockDifference`: milliseconds by which the API's clock is ahead. */
export type Report = Readonly<{ passed: boolean; clockDifference: number; results: readonly Result[] }>

/**
 * Sends one request after the other and judges the answers. The first is a good token: its answer tells the API's
 * clock and what the application may do. Throws {@link TargetError} when the API cannot be reached.
 */
export async function runProbes(probes: readonly Probe[], options: RunOptions): Promise<Report> {
  const { target, material, statusOnly = false, now = Date.now, onTried = () => {} } = options
  const first = forgeAt(0)
  const greeting = await target(requestOf(first, first.token()))
  const difference = clockDifference(greeting)
  const measure = { application: material.application, granted: grantedBy(greeting), statusOnly }

  const results: Result[] = []
  for (const probe of probes) {
    const forge = forgeAt(difference)
    if (probe.primed) await target(requestOf(forge, forge.token()))
    results.push(await runProbe(probe, forge, target, measure))
    onTried(results.length)
  }
  const passed = results.every(({ verdict }) => verdict !== 'wrong')
  return { passed, clockDifference: difference, results }

  function forgeAt(ahead: number): Forge {
    return createForge({ ...material, tokenId: randomUUID(), now: Math.floor((now() + ahead) / 1000) })
  }
}

export type RunOptions = {
  target: Target
  material: Omit<Material, 'now' | 'tokenId'>
  statusOnly?: boolean
  now?: () => number
  /** Is called after each probe with the number of those tried. */
  onTried?: (count: number) => void
}

async function runProbe(probe: Probe, forge: Forge, target: Target, measure: Measure): Promise<Result> {
  const { name, group, why, expect } = probe
  const { status, code } = expect
  const kind: Result['kind'] = isAttack(probe) ? 'attack' : 'accepted'
  const described = { name, group, kind, why, expect: { status, ...(code && { code }) } }

  const forged = probe.forge(forge)
  if (forged === undefined) return { ...described, verdict: 'skipped' }
  const request = requestOf(forge, forged)
  const answer = await answerTo(request, target, name)
  if (answer instanceof TargetError) return { ...described, verdict: 'wrong', fault: answer.message }

  const isBare = request.method === 'HEAD'
  const fault = judge(expect, answer, isBare ? { ...measure, statusOnly: true } : measure)
  const said = { status: answer.status, code: codeOf(answer) }
  if (fault) return { ...described, answer: said, verdict: 'wrong', fault }
  return { ...described, answer: said, verdict: 'right' }
}

function requestOf({ field, carried, path }: Forge, forged: string | ProbeRequest): ProbeRequest {
  return { path, ...(typeof forged === 'string' ? { headers: { [field]: carried(forged) } } : forged) }
}

/** An API that cuts the line has given an answer of a kind, and a wrong one. One that is gone has given none. */
async function answerTo(
  request: ProbeRequest,
  target: Target,
  name: string,
): Promise<Received | TargetError> {
  try {
    return await target(request)
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    if (CUT.includes(error.code)) return error
    throw new TargetError(`${error.message} (at "${name}")`, error.code)
  }
}

const CUT = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'HPE_INVALID_CONSTANT']

function grantedBy({ body }: Received): readonly string[] | undefined {
  const permissions = (body as { permissions?: unknown } | undefined)?.permissions
  return Array.isArray(permissions) ? permissions : undefined
}
