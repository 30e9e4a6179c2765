import { command, readPermissions } from '../command.ts'
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
