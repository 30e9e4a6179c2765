import { APP_ID, type Application } from '@signet/auth'
import { type Context, command } from '../command.ts'
import { faultOf, isExpected, messageOf, RefusedError } from '../errors.ts'
import { updateFile } from '../files.ts'
import { exists, type Places, shown } from '../places.ts'
import { publishedKeys, removePublishedKeys } from '../public-keys.ts'
import { findApplication, markRevoked, readApplicationsFile } from '../registry.ts'
import { createMarker, markerTime, writeMarkerTime } from '../revocation.ts'

export const revoke = command({
  usage: 'revoke APP',
  summary: 'Lock an application out, within a second and forever',
  help: `Removes its public keys and writes the time into the application registry. A marker file beside the keys
(APPID_revoked) keeps every command from publishing a key again, even if the registry cannot be written: then run
revoke again when it can. Its ID and name cannot be used again until it is removed. To give it access again, add it
as a new application. Its private key is not removed, but no API accepts it any more. If the registry cannot be read,
APP must be the ID.`,
  options: {},
  words: { least: 1, most: 1 },
  run: async (context, [nameOrId = '']) => {
    const { places, now, print, record } = context
    const application = applicationToRevoke(places, nameOrId)
    const { appId, name, revokedAt } = application
    let isNew = false
    let isGone = false
    // Each step is tried, even if one before it failed: each of them alone keeps the application out.
    const markerFault = await faultOf(() => {
      isNew = createMarker(places, appId)
    })
    const removeKeys = () => {
      isGone = removeKeysOf(context, application, { keepFile: markerFault !== undefined }) || isGone
    }
    // A command that publishes a key looks at the marker under this lock, so none can publish one after the removal.
    const publicKey = places.publicKey(appId)
    const removeUnderLock = (text: string) => {
      removeKeys()
      return text
    }
    const lockFault = await faultOf(() => updateFile(publicKey, removeUnderLock, { timeout: LOCK_TIMEOUT }))
    if (lockFault) await faultOf(removeKeys)
    let markedAt: string | undefined
    if (!isNew && !markerFault)
      await faultOf(() => {
        markedAt = markerTime(places, appId)
      })
    const time = revokedAt ?? markedAt ?? new Date(now()).toISOString()
    if (isNew) await faultOf(() => writeMarkerTime(places, appId, time))
    const registryFault = await faultOf(() => markRevoked(places.applications, appId, time))
    // Without the lock, a command that runs at the same time may have published a key before it could see the marker.
    const keyFault = await faultOf(removeKeys)

    if (isNew || (!registryFault && !revokedAt)) record({ change: 'revoked', application })
    if (isGone) print(`removed ${shown(places.publicKey(appId))}`)
    if (registryFault || keyFault)
      throw new RefusedError(stateOf(places, application, { markerFault, registryFault, keyFault }))
    if (markerFault)
      print(`${shown(places.revocation(appId))} could not be written: ${messageOf(markerFault)}`)
    print(revokedAt ? `${name} has been revoked since ${revokedAt}` : `${name} is revoked`)
    return 0
  },
})

/** Milliseconds: a stolen key is removed at once, even if a command that was killed left its lock behind. */
const LOCK_TIMEOUT = 500

/** An ID is enough even if the registry is missing or invalid: a stolen key must be revoked at once. */
function applicationToRevoke(places: Places, nameOrId: string): Application {
  try {
    return findApplication(readApplicationsFile(places.applications), nameOrId)
  } catch (error) {
    if (!isExpected(error) || !APP_ID.test(nameOrId) || !exists(places.publicKey(nameOrId))) throw error
    return { appId: nameOrId, name: nameOrId, permissions: [] }
  }
}

/** Returns whether there was a file to remove. One that cannot be read is removed, too, and recorded without its key IDs. */
function removeKeysOf(
  { places, record }: Context,
  application: Application,
  options: { keepFile: boolean },
): boolean {
  const keyIds = keyIdsOf()
  if (!removePublishedKeys(places, application.appId, options)) return false
  for (const keyId of keyIds) record({ change: 'removed public key', application, keyId })
  return true

  function keyIdsOf(): (string | undefined)[] {
    try {
      return publishedKeys(places, application.appId).map(({ keyId }) => keyId)
    } catch (error) {
      if (!isExpected(error)) throw error
      return [undefined]
    }
  }
}

type Faults = {
  markerFault: Error | undefined
  registryFault: Error | undefined
  keyFault: Error | undefined
}

/** What is done and what is not after a revocation that failed, and what to do. */
function stateOf(
  places: Places,
  { appId, name }: Application,
  { markerFault, registryFault, keyFault }: Faults,
): string {
  const [key, marker, registry] = [
    places.publicKey(appId),
    places.revocation(appId),
    places.applications,
  ].map(shown)
  const again = `npm run keys -- revoke ${name}`
  if (!registryFault)
    return `${name} is revoked in ${registry}, and the API refuses it. Its public key could not be removed: ${reasonOf(keyFault)}\nThen run again: ${again}`
  if (keyFault)
    return `${name} is NOT revoked yet, and the API still accepts it. ${key} could not be removed: ${reasonOf(keyFault)}\n${registry} could not be changed: ${reasonOf(registryFault)}\nThen run again: ${again}`
  const kept = markerFault
    ? `${key} is left empty, so that no command publishes a key again: do not remove it`
    : `${marker} keeps every command from publishing a key again`
  return `${name} is locked out: it has no public key, and ${kept}. ${registry} could not be changed, and does not say so yet: ${reasonOf(registryFault)}\nWhen it can be written, run again: ${again}`
}

function reasonOf(fault: Error | undefined): string {
  return fault ? messageOf(fault) : ''
}
