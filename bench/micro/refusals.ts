import { createVerifier, openApplications, openKeyRing } from '../../packages/auth/src/index.ts'
import { createForge } from '../../packages/auth/src/testing.ts'
import { APPLICATION, AUDIENCE, type Stage } from '../stage.ts'
import { freshStrings } from './fresh.ts'
import { measure, type Plan } from './measure.ts'

/** What a token costs that is refused: before any key is looked at, and (forged) after all of it. */
export function measureRefusals({ applications, publicKeys }: Stage, plan: Plan) {
  const forge = createForge({ appId: APPLICATION.appId, audience: AUDIENCE })
  const tokens = {
    malformed: `${forge()}=`,
    wrongAlgorithm: forge({ header: { alg: 'HS256' } }),
    unknownApplication: forge({ payload: { appId: 'nobody', iss: 'nobody' } }),
    expired: forge({ payload: { iat: 1, exp: 300 } }),
    forged: forge({ header: { kid: undefined }, signature: () => Buffer.alloc(384, 1) }),
  }
  const verifyToken = createVerifier({
    applications: openApplications({ file: applications }),
    keyRing: openKeyRing({ folder: publicKeys }),
    audiences: [AUDIENCE],
  })
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
      malformed: refuse(tokens.malformed),
      wrongAlgorithm: refuse(tokens.wrongAlgorithm),
      unknownApplication: refuse(tokens.unknownApplication),
      expired: refuse(tokens.expired),
      forged: refuse(tokens.forged),
    },
    plan,
  )
}
