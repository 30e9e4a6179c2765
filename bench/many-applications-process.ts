import {
  createVerifier,
  openApplications,
  openKeyRing,
  signToken,
  type VerifyToken,
} from '../packages/auth/src/index.ts'
import { handleCalls } from './child.ts'
import { AUDIENCE, openFixture } from './fixture.ts'
import { freshStrings, measure, type Plan, quantile } from './measure.ts'

// A process that opens an application registry and a key ring, and reports the time and the memory that this takes:
// `node many-applications-process.ts FOLDER`, where FOLDER holds the fixture.

/** The file of the application registry, and the folder of the public keys. */
type Paths = { applications: string; publicKeys: string }

const { privateKey } = openFixture(process.argv[2] ?? '')
const tokenOf = (appId: string) => signToken({ appId, privateKey, audience: AUDIENCE })

/** Keeps what is measured, so that it is not collected as garbage before the memory is read. */
export let inUse: unknown

const methods = {
  /** From nothing to the first verified token: CPU microseconds (median of `times`), and the heap then used, in bytes. */
  startUp(paths: Paths, appId: string, times: number) {
    const token = tokenOf(appId)
    const values = Array.from({ length: times }, () => cpuOf(() => open(paths)(token)))
    const verifyToken = open(paths)
    verifyToken(token)
    inUse = verifyToken
    return { microseconds: quantile(values, 0.5), heap: memoryUsed().heap }
  },

  /** An application registry: CPU microseconds to open it (median of `times`), and the heap it uses, in bytes. */
  applications({ applications: file }: Paths, times: number) {
    const values = Array.from({ length: times }, () => cpuOf(() => openApplications({ file })))
    const before = memoryUsed().heap
    inUse = openApplications({ file })
    return { microseconds: quantile(values, 0.5), bytes: memoryUsed().heap - before }
  },

  /** CPU microseconds to verify the same token again, and to find its application in the registry. */
  async repeated(paths: Paths, appId: string, plan: Plan) {
    const verifyToken = open(paths)
    const { find } = openApplications({ file: paths.applications })
    const token = freshStrings([tokenOf(appId)])
    const id = freshStrings([appId])
    return measure({ verify: () => verifyToken(token()), find: () => find(id()) }, plan)
  },

  /** Resident bytes for each application after its first request: its keys, and one remembered token. */
  active(paths: Paths, appIds: readonly string[]) {
    const tokens = appIds.map(tokenOf)
    const verifyToken = open(paths)
    inUse = verifyToken
    const before = memoryUsed().resident
    for (const token of tokens) verifyToken(token)
    return (memoryUsed().resident - before) / appIds.length
  },
}
export type ManyApplicationsMethods = typeof methods
handleCalls(methods)

function open({ applications: file, publicKeys }: Paths): VerifyToken {
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

/** Bytes in use after a garbage collection. */
function memoryUsed(): { heap: number; resident: number } {
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  return { heap: heapUsed, resident: rss }
}
