import type { KeyObject } from 'node:crypto'
import { AuthError, createVerifier, readPublicKeys } from '@signet/auth'
import type { Signer } from '../src/signing.ts'
import type { Answer } from '../src/verdict.ts'

/** Opens the library's verifier for these applications. `answer` returns what `GET /whoami` would answer to a token. */
export function openVerifier({ signers, audience, requireAudience = false, now }: VerifierOptions) {
  const applications = signers.map(({ appId }) => ({ appId, name: `app-${appId}`, permissions: GRANTED }))
  const keys = new Map(
    signers.map(({ appId, publicKey }) => [appId, readPublicKeys(pemOf(publicKey), appId)]),
  )
  const verifyToken = createVerifier({
    applications: { find: (appId) => applications.find((application) => application.appId === appId) },
    keyRing: { keysOf: (appId) => keys.get(appId) ?? [] },
    audiences: [audience],
    requireAudience,
    now,
  })

  function answer(token: string): Answer {
    try {
      return { status: 200, body: verifyToken(token).caller }
    } catch (error) {
      if (!(error instanceof AuthError)) throw error
      return { status: error.status, body: { code: error.code } }
    }
  }

  return { verifyToken, answer }
}

export const GRANTED: readonly string[] = ['users:read', 'orders:read', 'orders:write']

function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

type VerifierOptions = {
  signers: readonly Signer[]
  audience: string
  requireAudience?: boolean
  now: () => number
}
