import { command } from '../command.ts'
import { findApplication, markRevoked, readGuestList } from '../guest-list.ts'
import { shown } from '../places.ts'
import { removePublishedKeys } from '../published-keys.ts'

export const revoke = command({
  usage: 'revoke APP',
  summary: 'Shut an application out, within a second and for good',
  help: `Removes its public keys, then notes the time on the guest list. Its ID and name stay taken; to let it in again,
add it anew. Its private key stays where it is: it opens nothing any more.`,
  options: {},
  words: { least: 1, most: 1 },
  run: async ({ places, now, print }, [nameOrId = '']) => {
    const { appId, name, revokedAt } = findApplication(readGuestList(places.applications), nameOrId)
    const removed = removePublishedKeys(places, appId)
    await markRevoked(places.applications, appId, new Date(now()).toISOString())
    // A rotation or provisioning at work may have put the keys back before it could see the mark.
    removePublishedKeys(places, appId)
    if (removed) print(`removed ${shown(places.publicKey(appId))}`)
    print(revokedAt ? `${name} is revoked since ${revokedAt}` : `${name} is revoked`)
    return 0
  },
})
