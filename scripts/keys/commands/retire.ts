import {
  type Application,
  LEEWAY,
  loadPrivateKey,
  MAXIMUM_LIFETIME,
  type PublicKey,
  readPublicKeys,
  thumbprint,
} from '@signet/auth'
import { command, readSeconds } from '../command.ts'
import { RefusedError, UsageError } from '../errors.ts'
import { isThere } from '../file-state.ts'
import { readKeyUses, refuseRecentUse } from '../key-uses.ts'
import { ownerFault } from '../owner-findings.ts'
import { type Places, shown } from '../places.ts'
import { publicBlock } from '../public-keys.ts'
import { findApplication, readApplicationsFile } from '../registry.ts'
import { secondsLeft, timeOfRotation } from '../rotation-time.ts'
import { updateFile } from '../update-file.ts'

export const retire = command({
  usage: 'retire APP [--lifetime SECONDS] [--metrics URL]…',
  summary: 'Take away the old public keys, once no token of theirs can be alive',
  help: `Refuses until the tokens' lifetime and the leeway (${MAXIMUM_LIFETIME} + ${LEEWAY} s) have passed since the rotation, and
while a rotation is unfinished. With --metrics, for as long after an API process last saw an old key in use,
too: that finds an application, or one copy of it, which signs with the old key still.

  --lifetime SECONDS  how long the application's tokens live, where TOKEN_LIFETIME shortens it
  --metrics URL       /metrics of an API process, such as http://127.0.0.1:9100/metrics; once for each process`,
  options: {
    lifetime: { type: 'string', default: `${MAXIMUM_LIFETIME}` },
    metrics: { type: 'string', multiple: true, default: [] },
  },
  words: { least: 1, most: 1 },
  run: async ({ places, now, print, record }, [nameOrId = ''], { lifetime, metrics }) => {
    const wait = readSeconds('lifetime', lifetime) + LEEWAY
    if (wait > MAXIMUM_LIFETIME + LEEWAY)
      throw new UsageError(`--lifetime: no token lives more than ${MAXIMUM_LIFETIME} s.`)
    const application = findApplication(readApplicationsFile(places.applications), nameOrId)
    const file = places.publicKey(application.appId)
    if (!isThere(file)) throw new RefusedError(`${shown(file)}: is missing, there is no key to retire.`)
    const uses = await readKeyUses(metrics)
    let retired: PublicKey[] = []
    await updateFile(file, (text) => {
      const [newest, ...older] = readPublicKeys(text, file)
      if (!newest || older.length === 0) return text
      refuseUnfinished(places, application, newest)
      const rotatedAt = timeOfRotation(places, application, newest)
      const remaining = secondsLeft(rotatedAt, { now: now(), wait })
      if (remaining > 0)
        throw new RefusedError(
          `${application.name}: tokens of the old key may be alive. Try again in ${remaining} s.`,
        )
      refuseRecentUse(uses, older, { now: now(), wait: wait * 1000 })
      retired = older
      return publicBlock(newest.key, newest.created ?? new Date(rotatedAt).toISOString())
    })
    for (const { keyId } of retired) {
      record({ change: 'retired', application, keyId })
      print(`retired ${keyId} of ${application.name}`)
    }
    if (retired.length === 0) print('nothing to do: there is one key only')
    return 0
  },
})

function refuseUnfinished(places: Places, application: Application, newest: PublicKey): void {
  const file = places.privateKey(application)
  const unreadable = ownerFault(file)
  if (unreadable)
    throw new RefusedError(
      `${unreadable.fault}. The application may not be able to read it, and then signs with the old key still. ${unreadable.mend}`,
    )
  // A private key that waits says nothing while another one signs: it may wait for room in a full file.
  const isFinished = isThere(file)
    ? thumbprint(loadPrivateKey(file)) === newest.keyId
    : !isThere(places.nextPrivateKey(application))
  if (isFinished) return
  throw new RefusedError(
    `${application.name}: does not sign with its newest key yet. First: npm run keys -- rotate ${application.name}`,
  )
}
