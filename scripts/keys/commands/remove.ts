import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Application, LEEWAY, MAXIMUM_LIFETIME } from '@signet/auth'
import { type Context, command } from '../command.ts'
import { RefusedError } from '../errors.ts'
import { isLeftover } from '../files.ts'
import { isThere, type Places, shown } from '../places.ts'
import { secondsLeft } from '../public-keys.ts'
import { findApplication, removeFromRegistry } from '../registry.ts'
import { readRegistry } from '../revocation.ts'

export const remove = command({
  usage: 'remove APP [--unused]',
  summary: 'Take a revoked application out of the application registry, with its private key',
  help: `Its name is free again; its ID is never given twice. Refused if the application is not revoked, and for
${MAXIMUM_LIFETIME} + ${LEEWAY} s after it was: as long as a token of it may live, the API's log shall say whose it is. What remains of it
is in the history, and in its orders.

  --unused  it never signed a token, so there is nothing to wait for`,
  options: { unused: { type: 'boolean', default: false } },
  words: { least: 1, most: 1 },
  run: async (context, [nameOrId = ''], { unused }) => {
    const { places, now, print, record } = context
    const application = findApplication(readRegistry(places), nameOrId)
    const { appId, name, revokedAt } = application
    if (!revokedAt) throw new RefusedError(`${name}: is not revoked. First: npm run keys -- revoke ${name}`)
    const remaining = secondsLeft(Date.parse(revokedAt), { now: now() })
    if (remaining > 0 && !unused)
      throw new RefusedError(
        `${name}: tokens that it signed before it was revoked may be alive. Try again in ${remaining} s. If it never signed one: npm run keys -- remove ${name} --unused`,
      )
    removeKeyFiles(context, application)
    await removeFromRegistry(places.applications, appId)
    // Last: while the entry is there, it keeps the application out.
    rmSync(places.revocation(appId), { force: true })
    record({ change: 'removed', application })
    print(`${name} is no longer in the application registry, and its name is free`)
    return 0
  },
})

/** Its keys go before its entry: if this is cut short, the entry is still there, and the command can be run again. */
function removeKeyFiles({ places, print, record }: Context, application: Application): void {
  const folder = places.folder(application.name)
  for (const file of keyFilesOf(places, application)) {
    rmSync(file, { force: true })
    record({ change: `removed ${shown(file)}`, application })
    print(`removed ${shown(file)}`)
  }
  if (!isThere(folder)) return
  // The folder of app-one holds a certificate as well.
  if (readdirSync(folder).length === 0) rmdirSync(folder)
  else print(`left ${shown(folder)}: it holds other files, too`)
}

function keyFilesOf(places: Places, application: Application): string[] {
  const { appId, name } = application
  const folder = places.folder(name)
  const privateKey = basename(places.privateKey(application))
  const isOfKey = (file: string) =>
    file === privateKey ||
    file === `${privateKey}.next` ||
    (isLeftover(file) && file.startsWith(`.${privateKey}.`))
  const inFolder = isThere(folder) ? readdirSync(folder).filter(isOfKey) : []
  return [places.publicKey(appId), ...inFolder.map((file) => join(folder, file))].filter((file) =>
    isThere(file),
  )
}
