import { createPublicKey, hash, sign, verify } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { createVerifier as createFastVerifier } from 'fast-jwt'
import { jwtVerify } from 'jose'
import jwt from 'jsonwebtoken'
import {
  createVerifier,
  openApplications,
  openKeyRing,
  openTokenSource,
  signToken,
  thumbprint,
} from '../packages/auth/src/index.ts'
import { createForge } from '../packages/auth/src/testing.ts'
import { APPLICATION, AUDIENCE, type Fixture } from './fixture.ts'
import { freshStrings, measure, type Plan } from './measure.ts'

/** The verifier remembers fewer tokens of one application, so it has forgotten each of these before its next use. */
const FORGOTTEN = 512
const CALLS = 10_000
/** Milliseconds: the lifetime of a token. */
const LIFETIME = 300_000

/** The cost of verifying a token the first time, and of verifying it again. */
export function measureVerification(fixture: Fixture, plan: Plan) {
  const { publicPem } = fixture
  const key = createPublicKey(publicPem)
  const token = fixture.newToken()
  const [header, claims, encoded = ''] = token.split('.')
  const input = Buffer.from(`${header}.${claims}`)
  const signature = Buffer.from(encoded, 'base64url')
  const verifyToken = openVerifier(fixture)
  const verifyFast = createFastVerifier({ key: publicPem, algorithms: ['RS512'], cache: true })
  const algorithms = ['RS512' as const]
  const first = freshStrings(Array.from({ length: FORGOTTEN }, () => fixture.newToken()))
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

/** The cost of refusing a token: before any key is needed, and (`forged`) after the RSA verification. */
export function measureRefusals(fixture: Fixture, plan: Plan) {
  const verifyToken = openVerifier(fixture)
  const forge = createForge({ appId: APPLICATION.appId, audience: AUDIENCE })
  const refuse = (token: string) => {
    const fresh = freshStrings([token])
    return () => {
      try {
        verifyToken(fresh())
      } catch {
        return
      }
      throw new Error(`not refused: ${token}`)
    }
  }
  return measure(
    {
      malformed: refuse(`${forge()}=`),
      wrongAlgorithm: refuse(forge({ header: { alg: 'HS256' } })),
      unknownApplication: refuse(forge({ payload: { appId: 'unknown', iss: 'unknown' } })),
      expired: refuse(forge({ payload: { iat: 1, exp: 300 } })),
      forged: refuse(forge({ header: { kid: undefined }, signature: () => Buffer.alloc(384, 1) })),
    },
    plan,
  )
}

/** The cost of signing a token, and of taking one from the token source, which reuses it. */
export function measureSigning({ privateKey, privateKeyPath }: Fixture, plan: Plan) {
  const { appId } = APPLICATION
  const keyId = thumbprint(privateKey)
  const input = Buffer.alloc(300, 'a')
  const tokens = openTokenSource({ file: privateKeyPath, audience: AUDIENCE })
  return measure(
    {
      cryptoSign: () => sign('sha512', input, privateKey),
      signToken: () => signToken({ appId, privateKey, keyId, audience: AUDIENCE }),
      tokenSource: () => tokens.issue(),
    },
    plan,
  )
}

/** Number of RSA signatures that the token source makes for 10,000 calls during the lifetime of one token. */
export async function countSignatures({ privateKeyPath }: Fixture): Promise<number> {
  const start = Date.now()
  let elapsed = 0
  const tokens = openTokenSource({ file: privateKeyPath, audience: AUDIENCE, now: () => start + elapsed })
  const seen = new Set<string>()
  for (let call = 0; call < CALLS; call++) {
    elapsed = (LIFETIME * call) / CALLS
    seen.add(tokens.issue().token)
    await setImmediate()
  }
  return seen.size
}

function openVerifier({ applications, publicKeys }: Fixture) {
  return createVerifier({
    applications: openApplications({ file: applications }),
    keyRing: openKeyRing({ folder: publicKeys }),
    audiences: [AUDIENCE],
  })
}
