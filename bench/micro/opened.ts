import {
  createVerifier,
  openApplications,
  openKeyRing,
  signToken,
  type VerifyToken,
} from '../../packages/auth/src/index.ts'
import { answerParent } from '../child.ts'
import { AUDIENCE, openStage } from '../stage.ts'
import { quantile } from '../statistics.ts'
import { appIdOf, type Crowd } from './crowd.ts'
import { freshStrings } from './fresh.ts'
import { measure, type Plan } from './measure.ts'

// A process that opens an application registry and a key ring, and says what that takes: `node micro/opened.ts STAGE`.

const { privateKey } = openStage(process.argv[2] ?? '')
const tokenOf = (appId: string) => signToken({ appId, privateKey, audience: AUDIENCE })

/** Held here, so that it is no rubbish yet when memory is looked at. */
export let inUse: unknown

const questions = {
  /** From nothing to the first verified token: CPU microseconds (median of `times`), and the heap in use then, in bytes. */
  startUp(crowd: Crowd, times: number) {
    const token = tokenOf(appIdOf(0))
    const took = Array.from({ length: times }, () => cpuOf(() => open(crowd)(token)))
    const verifyToken = open(crowd)
    verifyToken(token)
    inUse = verifyToken
    return { microseconds: quantile(took, 0.5), heap: memoryUsed().heap }
  },

  /** An application registry: CPU microseconds to open it (median of `times`), and the heap it takes, in bytes. */
  applications({ applications: file }: Crowd, times: number) {
    const took = Array.from({ length: times }, () => cpuOf(() => openApplications({ file })))
    const before = memoryUsed().heap
    inUse = openApplications({ file })
    return { microseconds: quantile(took, 0.5), bytes: memoryUsed().heap - before }
  },

  /** CPU microseconds to verify a token that comes again, and to find its application in the list. */
  async repeated(crowd: Crowd, index: number, plan: Plan) {
    const verifyToken = open(crowd)
    const { find } = openApplications({ file: crowd.applications })
    const token = freshStrings([tokenOf(appIdOf(index))])
    const appId = freshStrings([appIdOf(index)])
    return measure({ verify: () => verifyToken(token()), find: () => find(appId()) }, plan)
  },

  /** Resident bytes for each of `count` applications that has called once: its keys, and a token that is remembered. */
  active(crowd: Crowd, count: number) {
    const tokens = Array.from({ length: count }, (_, index) => tokenOf(appIdOf(index)))
    const verifyToken = open(crowd)
    inUse = verifyToken
    const before = memoryUsed().resident
    for (const token of tokens) verifyToken(token)
    return (memoryUsed().resident - before) / count
  },
}
export type OpenedQuestions = typeof questions
answerParent(questions)

function open({ applications: file, publicKeys }: Crowd): VerifyToken {
  const applications = openApplications({ file })
  const keyRing = openKeyRing({ folder: publicKeys })
  return createVerifier({ applications, keyRing, audiences: [AUDIENCE] })
}

function cpuOf(run: () => unknown): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Bytes that are in use once the rubbish is gone. */
function memoryUsed(): { heap: number; resident: number } {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, resident: rss }
}
