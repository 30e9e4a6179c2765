import type { Application } from '@signet/auth'
import { type Context, command, readPermissions } from '../command.ts'
import { RefusedError } from '../errors.ts'
import { changePermissions, findApplication, refuseRevoked } from '../registry.ts'
import { readRegistry } from '../revocation.ts'

export const grant = command({
  usage: 'grant APP PERMISSION…',
  summary: 'Give an application more permissions',
  help: `A permission is a subject and an action, such as orders:read, or "*" for everything. The application keeps the
permissions that it has. The API uses the change within a second, without a restart.`,
  options: {},
  words: { least: 2, most: 50 },
  run: async (context, [nameOrId = '', ...words]) => {
    const permissions = readPermissions(words)
    const { appId, name } = findActive(context, nameOrId)
    let added: string[] = []
    const application = await changePermissions(context.places.applications, appId, (before) => {
      added = permissions.filter((permission) => !before.includes(permission))
      return [...before, ...added]
    })
    if (added.length > 0) context.record({ change: `granted ${added.join(', ')}`, application })
    for (const permission of permissions)
      context.print(
        `${name} ${added.includes(permission) ? 'may now' : 'has already'}: ${meaning(permission)}`,
      )
    context.print(`${name} has: ${application.permissions.join(', ')}`)
    return 0
  },
})

export const deny = command({
  usage: 'deny APP PERMISSION…',
  summary: 'Take permissions from an application',
  help: `The application keeps its keys. Without any permission it may still ask who it is (GET /whoami). If it does not have
a permission, that is printed, and the command succeeds. Refused if the application has "*", which includes the
permission: take "*" from it first. The API uses the change within a second, without a restart.`,
  options: {},
  words: { least: 2, most: 50 },
  run: async (context, [nameOrId = '', ...words]) => {
    const permissions = readPermissions(words)
    const { appId, name } = findActive(context, nameOrId)
    let removed: string[] = []
    const application = await changePermissions(context.places.applications, appId, (before) => {
      const left = before.filter((permission) => !permissions.includes(permission))
      if (left.includes('*'))
        throw new RefusedError(
          `${name}: has "*", which includes ${permissions.join(', ')}. Grant the permissions that it needs, then: npm run keys -- deny ${name} "*"`,
        )
      removed = before.filter((permission) => permissions.includes(permission))
      return left
    })
    if (removed.length > 0) context.record({ change: `denied ${removed.join(', ')}`, application })
    for (const permission of permissions)
      context.print(
        `${name} ${removed.includes(permission) ? 'no longer has' : 'did not have'}: ${permission}`,
      )
    context.print(`${name} has: ${application.permissions.join(', ') || 'no permission'}`)
    return 0
  },
})

function findActive({ places }: Context, nameOrId: string): Application {
  const application = findApplication(readRegistry(places), nameOrId)
  refuseRevoked(application)
  return application
}

function meaning(permission: string): string {
  return permission === '*' ? '* (everything, also permissions that do not exist yet)' : permission
}
