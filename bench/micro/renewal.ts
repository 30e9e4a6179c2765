import { setImmediate } from 'node:timers/promises'
import { openTokenSource } from '../../packages/auth/src/index.ts'
import { AUDIENCE, type Stage } from '../stage.ts'

const CALLS = 10_000
/** Milliseconds: the life of a token. */
const LIFETIME = 300_000

/** RSA signatures that the token source makes for ten thousand calls, spread over the life of one token. */
export async function countSignatures({ privateKeyPath }: Stage): Promise<number> {
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
