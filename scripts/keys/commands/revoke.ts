import { APP_ID, type Application } from '@signet/auth'
import { type Context, command } from '../command.ts'
import { faultOf, isExpected, messageOf, RefusedError } from '../errors.ts'
import { isThere, type Places, shown } from '../places.ts'
import { publishedKeys, removePublishedKeys } from '../public-keys.ts'
import { findApplication, markRevoked, readApplicationsFile } from '../registry.ts'
import { markOnDisk, revokedOnDisk, timeMark } from '../revocation.ts'

export const revoke = command({
  usage: 'revoke APP',
  summary: 'Shut an application out, within a second and for good',
  help: `Removes its public keys and notes the time in the application registry. A marker file beside the keys
(APPID_revoked) keeps every command from publishing a key again, also where the registry cannot be written: run revoke
again when it can. Its ID and name stay taken until it is removed; to let it in again, add it anew. Its private key stays
where it is: no API accepts it any more. With a registry that cannot be read, APP must be the ID.`,
  options: {},
  words: { least: 1, most: 1 },
  run: async (context, [nameOrId = '']) => {
    const { places, now, print, record } = context
    const application = applicationToRevoke(places, nameOrId)
    const { appId, name, revokedAt } = application
    let isNew = false
    let isGone = false
    // Each step is tried, whatever became of those before it: each alone keeps the application out.
    const unmarked = await faultOf(() => {
      isNew = markOnDisk(places, appId)
    })
    const removeKeys = () => {
      isGone = removeKeysOf(context, application, { keepFile: unmarked !== undefined }) || isGone
    }
    await faultOf(removeKeys)
    let markedAt: string | undefined
    if (!isNew && !unmarked)
      await faultOf(() => {
        markedAt = revokedOnDisk(places, appId)
      })
    const time = revokedAt ?? markedAt ?? new Date(now()).toISOString()
    if (isNew) await faultOf(() => timeMark(places, appId, time))
    const unlisted = await faultOf(() => markRevoked(places.applications, appId, time))
    // A rotation or provisioning at work may have put the keys back before it could see the marks.
    const unremoved = await faultOf(removeKeys)

    if (isNew || (!unlisted && !revokedAt)) record({ change: 'revoked', application })
    if (isGone) print(`removed ${shown(places.publicKey(appId))}`)
    if (unlisted || unremoved)
      throw new RefusedError(stateOf(places, application, { unmarked, unlisted, unremoved }))
    if (unmarked) print(`${shown(places.revocation(appId))} could not be written: ${messageOf(unmarked)}`)
    print(revokedAt ? `${name} is revoked since ${revokedAt}` : `${name} is revoked`)
    return 0
  },
})

/** By its ID even where the registry is missing or broken: a stolen key does not wait for it. */
function applicationToRevoke(places: Places, nameOrId: string): Application {
  try {
    return findApplication(readApplicationsFile(places.applications), nameOrId)
  } catch (error) {
    if (!isExpected(error) || !APP_ID.test(nameOrId) || !isThere(places.publicKey(nameOrId))) throw error
    return { appId: nameOrId, name: nameOrId, permissions: [] }
  }
}

/** Answers whether there was anything to remove. A file that cannot be read goes as well, without its key IDs. */
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

type Faults = { unmarked: Error | undefined; unlisted: Error | undefined; unremoved: Error | undefined }

/** What a revocation that failed has left, and what to do. */
function stateOf(
  places: Places,
  { appId, name }: Application,
  { unmarked, unlisted, unremoved }: Faults,
): string {
  const [key, marker, registry] = [
    places.publicKey(appId),
    places.revocation(appId),
    places.applications,
  ].map(shown)
  const again = `npm run keys -- revoke ${name}`
  if (!unlisted)
    return `${name} is revoked in ${registry}, and the API refuses it. Its public key could not be removed: ${reasonOf(unremoved)}\nThen run again: ${again}`
  if (unremoved)
    return `${name} is NOT revoked yet, and the API still accepts it. ${key} could not be removed: ${reasonOf(unremoved)}\n${registry} could not be changed: ${reasonOf(unlisted)}\nThen run again: ${again}`
  const kept = unmarked
    ? `${key} is left empty, so that no command publishes a key again: do not remove it`
    : `${marker} keeps every command from publishing a key again`
  return `${name} is shut out: it has no public key, and ${kept}. ${registry} could not be changed, and does not say so yet: ${reasonOf(unlisted)}\nWhen it can be written, run again: ${again}`
}

function reasonOf(fault: Error | undefined): string {
  return fault ? messageOf(fault) : ''
}
