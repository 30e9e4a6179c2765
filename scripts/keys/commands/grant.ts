import { command, readPermissions } from '../command.ts'
import { RefusedError } from '../errors.ts'
import { changePermissions, findApplication, refuseRevoked } from '../registry.ts'
import { readRegistry } from '../revocation.ts'

export const grant = command({
  usage: 'grant APP PERMISSION…',
  summary: 'Let an application do more',
  help: `A permission is a subject and an action, such as orders:read, or "*" for everything. What the application has
already stays as it is. The API takes the change in within a second, without a restart.`,
  options: {},
  words: { least: 2, most: 50 },
  run: async ({ places, print, record }, [nameOrId = '', ...words]) => {
    const permissions = readPermissions(words)
    const found = findApplication(readRegistry(places), nameOrId)
    refuseRevoked(found)
    const { appId, name } = found
    let added: string[] = []
    const application = await changePermissions(places.applications, appId, (before) => {
      added = permissions.filter((permission) => !before.includes(permission))
      return [...before, ...added]
    })
    if (added.length > 0) record({ change: `granted ${added.join(', ')}`, application })
    for (const permission of permissions)
      print(`${name} ${added.includes(permission) ? 'may now' : 'has already'}: ${meaning(permission)}`)
    print(`${name} has: ${application.permissions.join(', ')}`)
    return 0
  },
})

function meaning(permission: string): string {
  return permission === '*' ? '* (everything, now and later)' : permission
}

export const deny = command({
  usage: 'deny APP PERMISSION…',
  summary: 'Take permissions from an application',
  help: `Its keys stay; with no permission left it may do nothing but ask who it is (GET /whoami). What it does not have is
told, and is no failure. Refused if the application has "*", which includes the permission: take that from it first.
The API takes the change in within a second, without a restart.`,
  options: {},
  words: { least: 2, most: 50 },
  run: async ({ places, print, record }, [nameOrId = '', ...words]) => {
    const permissions = readPermissions(words)
    const found = findApplication(readRegistry(places), nameOrId)
    refuseRevoked(found)
    const { appId, name } = found
    let removed: string[] = []
    const application = await changePermissions(places.applications, appId, (before) => {
      const left = before.filter((permission) => !permissions.includes(permission))
      if (left.includes('*'))
        throw new RefusedError(
          `${name}: has "*", which includes ${permissions.join(', ')}. Grant what it needs, then: npm run keys -- deny ${name} "*"`,
        )
      removed = before.filter((permission) => permissions.includes(permission))
      return left
    })
    if (removed.length > 0) record({ change: `denied ${removed.join(', ')}`, application })
    for (const permission of permissions)
      print(`${name} ${removed.includes(permission) ? 'has no longer' : 'did not have'}: ${permission}`)
    print(`${name} has: ${application.permissions.join(', ') || 'no permission'}`)
    return 0
  },
})
