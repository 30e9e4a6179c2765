import { randomUUID } from 'node:crypto'
import { createForge, type Forge, type Material } from './forge.ts'
import { type Codes, isAttack, type Probe, type ProbeRequest } from './probe.ts'
import { clockDifference, type Received, type Target, TargetError } from './target.ts'
import { type Criteria, codeOf, judge } from './verdict.ts'

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

/** `clockDifference`: milliseconds by which the API's clock is ahead of this machine's. */
export type Report = Readonly<{ passed: boolean; clockDifference: number; results: readonly Result[] }>

/**
 * Sends one request after the other and judges the answers. The first request has a good token: its answer tells the
 * API's clock and the application's permissions. Throws {@link TargetError} when the API cannot be reached.
 */
export async function runProbes(probes: readonly Probe[], options: RunOptions): Promise<Report> {
  const { target, material, statusOnly = false, now = Date.now, onTried = () => {} } = options
  const first = forgeAt(0)
  const firstAnswer = await target(requestOf(first, first.token()))
  const difference = clockDifference(firstAnswer)
  const criteria = { application: material.application, granted: grantedBy(firstAnswer), statusOnly }

  const results: Result[] = []
  for (const probe of probes) {
    const forge = forgeAt(difference)
    if (probe.primed) await target(requestOf(forge, forge.token()))
    results.push(await runProbe(probe, forge, target, criteria))
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
  /** Is called after each probe with the number of probes that have been tried. */
  onTried?: (count: number) => void
}

async function runProbe(probe: Probe, forge: Forge, target: Target, criteria: Criteria): Promise<Result> {
  const { name, group, why, expect } = probe
  const { status, code } = expect
  const kind: Result['kind'] = isAttack(probe) ? 'attack' : 'accepted'
  const described = { name, group, kind, why, expect: { status, ...(code && { code }) } }

  const forged = probe.forge(forge)
  if (forged === undefined) return { ...described, verdict: 'skipped' }
  const request = requestOf(forge, forged)
  const answer = await answerTo(request, target, name)
  if (answer instanceof TargetError) return { ...described, verdict: 'wrong', fault: answer.message }

  const hasNoBody = request.method === 'HEAD'
  const fault = judge(expect, answer, hasNoBody ? { ...criteria, statusOnly: true } : criteria)
  const received = { status: answer.status, code: codeOf(answer) }
  if (fault) return { ...described, answer: received, verdict: 'wrong', fault }
  return { ...described, answer: received, verdict: 'right' }
}

function requestOf({ field, carried, path }: Forge, forged: string | ProbeRequest): ProbeRequest {
  return { path, ...(typeof forged === 'string' ? { headers: { [field]: carried(forged) } } : forged) }
}

/** A closed connection is a wrong answer, and the run continues. If the API cannot be reached at all, the run ends. */
async function answerTo(
  request: ProbeRequest,
  target: Target,
  name: string,
): Promise<Received | TargetError> {
  try {
    return await target(request)
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    if (CLOSED.includes(error.code)) return error
    throw new TargetError(`${error.message} (in "${name}")`, error.code)
  }
}

const CLOSED = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'HPE_INVALID_CONSTANT']

function grantedBy({ body }: Received): readonly string[] | undefined {
  const permissions = (body as { permissions?: unknown } | undefined)?.permissions
  return Array.isArray(permissions) ? permissions : undefined
}
