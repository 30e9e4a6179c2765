import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  codeOf,
  createForge,
  type Forge,
  judge,
  newSigner,
  openTarget,
  type ProbeRequest,
  type Received,
  type Signer,
  type Target,
} from '@signet/attacks'
import type { VerifyToken } from '@signet/auth'
import { createVerifier, openApplications, openKeyRing } from '@signet/auth'
import { type Anatomy, takeApart } from './anatomy.ts'
import type { Entry } from './catalogue.ts'
import { judgeHere } from './judge-here.ts'
import { requestText, withholdDecoded } from './redact.ts'
import { type Step, stepsOf } from './steps.ts'
import type { System } from './system.ts'

/** What became of one real request, and nothing of which a token could be made. */
export type Attempt = Readonly<{
  entry: Entry
  /** By the clock of this machine, in seconds since 1970; the API runs on it too. */
  now: number
  /** The requests, line by line. */
  request: Readonly<{ good: readonly string[]; sent: readonly string[] }>
  /** Absent where the attack lies in the request, and not in the token. */
  token: Readonly<{ good: Anatomy; sent: Anatomy }> | undefined
  /** A good token went first, and the API may remember it. */
  primed: boolean
  steps: readonly Step[]
  /** What the library gives its log as the reason. */
  reason: string | undefined
  /** Whether the library in this process answers as the API did. */
  agrees: boolean
  answer: Answer
  /** What is wrong with the answer, if it is not as it should be. */
  fault: string | undefined
}>

/** `body` is the API's JSON, as text; `milliseconds` from the first byte sent to the last received. */
export type Answer = Readonly<{
  status: number
  code: string | undefined
  body: string | undefined
  requestId: string | undefined
  milliseconds: number
}>

export type Laboratory = { attempt(entry: Entry, requestId: string): Promise<Attempt> }

/**
 * Where attacks are tried: each is forged, sent to the API as one real request, and judged by the library here as well.
 * `attempt` throws `TargetError` when the API cannot be reached.
 */
function openLaboratory(options: LaboratoryOptions): Laboratory {
  const { application, second, unknownSigner, audience, granted, target, verifyToken } = options
  const { now = Date.now, newTokenId = randomUUID } = options
  const signatories = [
    { name: 'the lab', ...application },
    { name: 'the second application', ...second },
    { name: 'an unknown signer', ...unknownSigner },
  ]

  return {
    async attempt(entry, requestId) {
      const { probe } = entry
      const seconds = Math.floor(now() / 1000)
      const material = { application, other: second, unknownSigner, audience, now: seconds }
      const forge = createForge({ ...material, tokenId: newTokenId(), path: '/whoami' })
      const good = requestOf(forge, forge.token(), requestId)
      const forged = probe.forge(forge)
      if (forged === undefined) throw new Error(`nothing was forged for "${probe.name}"`)
      const sent = requestOf(forge, forged, requestId)

      if (probe.primed) {
        await target(good)
        judgeHere(verifyToken, good)
      }
      const here = judgeHere(verifyToken, sent)
      const received = await target(sent)

      const isBare = sent.method === 'HEAD'
      const byParser = received.status === 431
      const agrees = here.status === received.status && (isBare || here.code === codeOf(received))
      return {
        entry,
        now: seconds,
        request: { good: requestText(good), sent: requestText(sent) },
        token:
          typeof forged === 'string'
            ? { good: takeApart(forge.token(), signatories), sent: takeApart(forged, signatories) }
            : undefined,
        primed: probe.primed === true,
        steps: stepsOf(byParser ? 'before all' : here.check),
        reason: byParser ? undefined : here.reason,
        agrees: byParser || agrees,
        answer: answerOf(received, sent),
        fault: judge(probe.expect, received, { application, granted, statusOnly: isBare }),
      }
    },
  }
}

type LaboratoryOptions = {
  application: Signer
  /** A second application that the API knows, for the attacks that mix up two. */
  second: Signer
  /** Somebody whom the API does not know. */
  unknownSigner: Signer
  audience: string
  /** What the application registry grants the application. */
  granted: readonly string[]
  target: Target
  verifyToken: VerifyToken
  now?: () => number
  newTokenId?: () => string
}

/** The lab's own request ID goes along, as in the pages, so that the logs tell of one request. */
function requestOf({ field, path }: Forge, forged: string | ProbeRequest, requestId: string): ProbeRequest {
  const request = typeof forged === 'string' ? { headers: { [field]: forged } } : forged
  return { path, ...request, headers: { 'x-request-id': requestId, ...request.headers } }
}

function answerOf(received: Received, sent: ProbeRequest): Answer {
  const { status, body, sentAt, receivedAt } = received
  const said = (body as { requestId?: unknown } | undefined)?.requestId
  const kept = sent.headers?.['x-request-id']
  return {
    status,
    code: codeOf(received),
    body: body === undefined ? undefined : withholdDecoded(JSON.stringify(body, null, 2)),
    // An answer that is no problem names it in its header only, and there it is the one that was sent.
    requestId: typeof said === 'string' ? said : typeof kept === 'string' ? kept : undefined,
    milliseconds: receivedAt - sentAt,
  }
}

/**
 * The laboratory of a system: its API is the target, and the verifier here reads the very application registry and keys of that
 * one. `options` take the place of what would be chosen.
 */
export function laboratoryOf(system: System, options: Partial<LaboratoryOptions> = {}): Laboratory {
  const { api, places, application, second, granted } = system
  const url = new URL(api)
  return openLaboratory({
    application,
    second,
    unknownSigner: newSigner(),
    audience: url.origin,
    granted,
    target: openTarget({ url, ca: readFileSync(places.ca, 'utf8') }),
    verifyToken: createVerifier({
      applications: openApplications({ file: places.applications }),
      keyRing: openKeyRing({ folder: places.publicKeys }),
      audiences: [url.origin],
    }),
    ...options,
  })
}
