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
  type Target,
} from '@signet/attacks'
import { createVerifier, openApplications, openKeyRing } from '@signet/auth'
import { type Anatomy, takeApart } from './anatomy.ts'
import type { Entry } from './catalogue.ts'
import { judgeHere } from './judge-here.ts'
import { redactDecoded, requestText } from './redact.ts'
import { type Step, stepsOf } from './steps.ts'
import type { System } from './system.ts'

/** What happened to one request. No token can be made from it. */
export type Attempt = Readonly<{
  entry: Entry
  /** Seconds since 1970, by the clock of this machine. The API runs on the same machine. */
  now: number
  /** The requests, line by line. */
  request: Readonly<{ good: readonly string[]; sent: readonly string[] }>
  /** Undefined if the attack is in the request and not in the token. */
  token: Readonly<{ good: Anatomy; sent: Anatomy }> | undefined
  /** A good token was sent first, and the API may remember it. */
  primed: boolean
  steps: readonly Step[]
  /** The reason that the library logs. */
  reason: string | undefined
  /** Whether the library in this process gives the same answer as the API. */
  agrees: boolean
  answer: Answer
  /** What is wrong with the answer. Undefined if it is correct. */
  fault: string | undefined
}>

/** `body`: the JSON of the API, as text. `milliseconds`: from the first byte sent to the last byte received. */
export type Answer = Readonly<{
  status: number
  code: string | undefined
  body: string | undefined
  requestId: string | undefined
  milliseconds: number
}>

export type Laboratory = { attempt(entry: Entry, requestId: string): Promise<Attempt> }

/**
 * Sends attacks to the API of a system. `attempt` forges one attack, sends it as a real request, and also passes it to the
 * library in this process, which reads the same application registry and keys as the API. It throws `TargetError` if the API
 * cannot be reached.
 */
export function openLaboratory(system: System, options: LaboratoryOptions = {}): Laboratory {
  const { api, places, application, second: secondApplication, granted } = system
  const url = new URL(api)
  const audience = url.origin
  const { target = openTarget({ url, ca: readFileSync(places.ca, 'utf8') }) } = options
  const { now = Date.now, newTokenId = randomUUID } = options
  const unknownSigner = newSigner()
  const verifyToken = createVerifier({
    applications: openApplications({ file: places.applications }),
    keyRing: openKeyRing({ folder: places.publicKeys }),
    audiences: [audience],
    requireAudience: false,
  })
  const keys = [
    { name: 'the lab', ...application },
    { name: 'the second application', ...secondApplication },
    { name: 'an unknown signer', ...unknownSigner },
  ]

  return {
    async attempt(entry, requestId) {
      const { probe } = entry
      const seconds = Math.floor(now() / 1000)
      const material = { application, other: secondApplication, unknownSigner, audience, now: seconds }
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
            ? { good: takeApart(forge.token(), keys), sent: takeApart(forged, keys) }
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

export type LaboratoryOptions = {
  /** Sends a request to the API. */
  target?: Target
  /** The time in milliseconds since 1970. */
  now?: () => number
  newTokenId?: () => string
}

/** The request carries the request ID of the lab's page, so that one ID finds it in all logs. */
function requestOf({ field, path }: Forge, forged: string | ProbeRequest, requestId: string): ProbeRequest {
  const request = typeof forged === 'string' ? { headers: { [field]: forged } } : forged
  return { path, ...request, headers: { 'x-request-id': requestId, ...request.headers } }
}

function answerOf(received: Received, sent: ProbeRequest): Answer {
  const { status, body, sentAt, receivedAt } = received
  const inBody = (body as { requestId?: unknown } | undefined)?.requestId
  const inRequest = sent.headers?.['x-request-id']
  return {
    status,
    code: codeOf(received),
    body: body === undefined ? undefined : redactDecoded(JSON.stringify(body, null, 2)),
    // Only a problem names the request ID in its body. Other answers repeat the one of the request in their header.
    requestId: typeof inBody === 'string' ? inBody : typeof inRequest === 'string' ? inRequest : undefined,
    milliseconds: receivedAt - sentAt,
  }
}
