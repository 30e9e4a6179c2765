import { createPublicKey, hash, verify } from 'node:crypto'
import { createVerifier as createFastVerifier } from 'fast-jwt'
import { jwtVerify } from 'jose'
import jwt from 'jsonwebtoken'
import { createVerifier, openApplications, openKeyRing } from '../../packages/auth/src/index.ts'
import { AUDIENCE, type Stage } from '../stage.ts'
import { freshStrings } from './fresh.ts'
import { measure, type Plan } from './measure.ts'

/** More than are remembered of one application, so that each has been forgotten when its turn comes again. */
const FORGOTTEN = 512

/** Verification of a token that is seen for the first time, and of one that comes again. */
export function measureVerification(stage: Stage, plan: Plan) {
  const { publicPem, applications, publicKeys } = stage
  const key = createPublicKey(publicPem)
  const token = stage.newToken()
  const [header, claims, encoded = ''] = token.split('.')
  const input = Buffer.from(`${header}.${claims}`)
  const signature = Buffer.from(encoded, 'base64url')
  const verifyToken = createVerifier({
    applications: openApplications({ file: applications }),
    keyRing: openKeyRing({ folder: publicKeys }),
    audiences: [AUDIENCE],
  })
  const verifyFast = createFastVerifier({ key: publicPem, algorithms: ['RS512'], cache: true })
  const algorithms = ['RS512' as const]
  const first = freshStrings(Array.from({ length: FORGOTTEN }, () => stage.newToken()))
  const same = freshStrings([token])

  return measure(
    {
      cryptoVerify: () => verify('sha512', input, key, signature),
      first: () => verifyToken(first()),
      jsonwebtoken: () => jwt.verify(first(), key, { algorithms }),
      jsonwebtokenPem: () => jwt.verify(first(), publicPem, { algorithms }),
      jose: () => jwtVerify(first(), key, { algorithms }),
      repeated: () => verifyToken(same()),
      fastJwtCache: () => verifyFast(same()),
      digest: () => hash('sha256', same(), 'base64url'),
    },
    plan,
  )
}
