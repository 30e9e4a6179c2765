import { sign } from 'node:crypto'
import { openTokenSource, signToken, thumbprint } from '../../packages/auth/src/index.ts'
import { APPLICATION, AUDIENCE, type Stage } from '../stage.ts'
import { measure, type Plan } from './measure.ts'

/** A token signed anew, and one taken from the source that reuses it. */
export function measureSigning({ privateKey, privateKeyPath }: Stage, plan: Plan) {
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
