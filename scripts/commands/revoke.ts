import type { Application } from '@signet/auth'
import { type Context, command } from '../command.ts'
import { isExpected } from '../errors.ts'
import { findApplication, markRevoked, readGuestList } from '../guest-list.ts'
import { shown } from '../places.ts'
import { publishedKeys, removePublishedKeys } from '../published-keys.ts'

export const revoke = command({
  usage: 'revoke APP',
  summary: 'Shut an application out, within a second and for good',
  help: `Removes its public keys, then notes the time on the guest list. Its ID and name stay taken until it is removed; to
let it in again, add it anew. Its private key stays where it is: it opens nothing any more.`,
  options: {},
  words: { least: 1, most: 1 },
  run: async (context, [nameOrId = '']) => {
    const { places, now, print, record } = context
    const application = findApplication(readGuestList(places.applications), nameOrId)
    const { appId, name, revokedAt } = application
    const isGone = removeKeys(context, application)
    await markRevoked(places.applications, appId, new Date(now()).toISOString())
    if (!revokedAt) record({ change: 'revoked', application })
    // A rotation or provisioning at work may have put the keys back before it could see the mark.
    removeKeys(context, application)
    if (isGone) print(`removed ${shown(places.publicKey(appId))}`)
    print(revokedAt ? `${name} is revoked since ${revokedAt}` : `${name} is revoked`)
    return 0
  },
})

/** Answers whether there was anything to remove. A file that cannot be read goes as well, without its key IDs. */
function removeKeys({ places, record }: Context, application: Application): boolean {
  const keyIds = keyIdsOf()
  if (!removePublishedKeys(places, application.appId)) return false
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
