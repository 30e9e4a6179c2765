import { expect, test } from 'vitest'
import { applicationIn } from './callers.ts'
import { compose, docker, lines } from './docker.ts'
import { inspect } from './inspect.ts'

const { appId: one } = await applicationIn('app-one')
const { appId: two } = await applicationIn('app-two')

/** Mode, owner and path: the owner, as which the services run, is the only one to read what is private. */
const SERVER = ['644 1000 /secrets/ca.pem', '600 1000 /secrets/server.key', '644 1000 /secrets/server.pem']
const PASSWORD = '640 1000 /database/password'

test.each([
  ['app-one', [`600 1000 /secrets/${one}_private.pem`, ...SERVER]],
  ['app-two', [`600 1000 /secrets/${two}_private.pem`, ...SERVER]],
  ['edge', SERVER],
  ['postgres', [PASSWORD]],
  ['redis', []],
  [
    'api',
    [
      PASSWORD,
      '644 1000 /secrets/applications.json',
      '644 1000 /secrets/public-keys/<appId>_public.pem',
      ...SERVER,
    ],
  ],
])('%s sees its own secrets and nothing else of all that is mounted', async (service, secrets) => {
  const { Mounts } = await inspect(service)
  const places = Mounts.map(({ Destination }) => Destination).filter(
    (place) => !WITHOUT_SECRETS.includes(place),
  )

  // The mark of a revocation is no secret. Other tests revoke applications before this one or after it.
  const seen = (places.length > 0 ? await filesIn(service, places) : []).filter(
    (line) => !line.endsWith('_revoked'),
  )

  const kinds = new Set(seen.map((line) => line.replace(/[^/]+_public/, '<appId>_public')))
  expect([...kinds].sort()).toEqual(secrets.sort())
})

const WITHOUT_SECRETS = ['/var/lib/postgresql']

test('the password of the database stands in no environment and no command', async () => {
  const password = await compose('exec', '-T', 'api', 'cat', '/database/password')
  const described = await Promise.all(['api', 'postgres', 'keys'].map(descriptionOf))

  expect(password).toMatch(/^[\w-]{43}$/)
  for (const text of described) expect(text).not.toContain(password)
})

async function filesIn(service: string, places: string[]): Promise<string[]> {
  const show = ['-exec', 'stat', '-c', '%a %u %n', '{}', '+']
  return lines(await compose('exec', '-T', service, 'find', ...places, '-type', 'f', ...show))
}

/** All that `docker inspect` shows. */
async function descriptionOf(service: string): Promise<string> {
  return compose('ps', '--all', '--quiet', service).then((ids) => docker('inspect', ...lines(ids)))
}
