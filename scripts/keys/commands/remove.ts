import { readdirSync, rmdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Application, LEEWAY, MAXIMUM_LIFETIME } from '@signet/auth'
import { type Context, command } from '../command.ts'
import { RefusedError } from '../errors.ts'
import { isLeftover } from '../files.ts'
import { exists, type Places, shown } from '../places.ts'
import { secondsLeft } from '../public-keys.ts'
import { findApplication, removeFromRegistry } from '../registry.ts'
import { readRegistry } from '../revocation.ts'

export const remove = command({
  usage: 'remove APP [--unused]',
  summary: 'Take a revoked application out of the application registry, with its private key',
  help: `Its name can be used again; its ID is never used again. Refused if the application is not revoked, and for
${MAXIMUM_LIFETIME} + ${LEEWAY} s after the revocation: until its last token has expired, the API's log can name the application. The history
and its orders stay.

  --unused  do not wait: the application never signed a token`,
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
        `${name}: tokens that it signed before the revocation may not have expired yet. Try again in ${remaining} s. If it never signed one: npm run keys -- remove ${name} --unused`,
      )
    removeKeyFiles(context, application)
    await removeFromRegistry(places.applications, appId)
    // The marker goes last: while the entry exists, the marker keeps the application out.
    rmSync(places.revocation(appId), { force: true })
    record({ change: 'removed', application })
    print(`${name} is no longer in the application registry, and its name can be used again`)
    return 0
  },
})

/** The keys are removed before the entry: if the command is interrupted, it can be run again. */
function removeKeyFiles({ places, print, record }: Context, application: Application): void {
  const folder = places.folder(application.name)
  for (const file of keyFilesOf(places, application)) {
    rmSync(file, { force: true })
    record({ change: `removed ${shown(file)}`, application })
    print(`removed ${shown(file)}`)
  }
  if (!exists(folder)) return
  // The folder of app-one holds a certificate as well.
  if (readdirSync(folder).length === 0) rmdirSync(folder)
  else print(`left ${shown(folder)}: it also holds other files`)
}

function keyFilesOf(places: Places, application: Application): string[] {
  const { appId, name } = application
  const folder = places.folder(name)
  const privateKey = basename(places.privateKey(application))
  const isOfKey = (file: string) =>
    file === privateKey ||
    file === `${privateKey}.next` ||
    (isLeftover(file) && file.startsWith(`.${privateKey}.`))
  const inFolder = exists(folder) ? readdirSync(folder).filter(isOfKey) : []
  return [places.publicKey(appId), ...inFolder.map((file) => join(folder, file))].filter((file) =>
    exists(file),
  )
}
