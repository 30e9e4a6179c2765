import { isDeepStrictEqual } from 'node:util'
import type { V1Container, V1Deployment } from '@kubernetes/client-node'
import { readApiConfig } from '../../apps/api/src/config.ts'
import type { ConfigFault } from '../../packages/service/src/config.ts'
import { readWebConfig } from '../../packages/web/src/config.ts'
import { containersOf, found, type Manifest, nameOf, ofKind, podOf, variableOf } from './manifests.ts'

type Environment = Record<string, string>

const READERS: Record<string, (env: Environment) => object> = {
  api: readApiConfig,
  'app-one': (env) => readWebConfig({ name: 'app-one', port: 3001, env }),
  'app-two': (env) => readWebConfig({ name: 'app-two', port: 3002, env }),
}

/**
 * Faults that the services' own code finds in the environment of their pods. `folderOf` returns the folder on this
 * machine with the files of a secret.
 */
export function configurationFaults(
  manifests: readonly Manifest[],
  folderOf: (secret: string) => string,
): string[] {
  return ofKind(manifests, 'Deployment').flatMap((deployment) => {
    const read = READERS[deployment.metadata?.name ?? '']
    const [container] = containersOf(deployment)
    if (!read || !container) return []
    const outcome = (env: Environment) => outcomeOf(read, mounted(env, container, deployment, folderOf))
    const env = Object.fromEntries((container.env ?? []).map(({ name, value = '' }) => [name, value]))
    const { faults = [] } = outcome(env)
    return [
      ...faults.map(({ name, message }) => `${name} ${message}`),
      // If any value gives the same result, the service does not read the variable.
      ...Object.keys(env)
        .filter((name) => isDeepStrictEqual(outcome({ ...env, [name]: '\0' }), outcome(env)))
        .map((name) => `${name} is not a variable of the service`),
    ].map((fault) => `${nameOf(deployment)}: ${fault}`)
  })
}

function outcomeOf(read: (env: Environment) => object, env: Environment) {
  try {
    return { config: read(env) }
  } catch (error) {
    return { faults: (error as { faults: ConfigFault[] }).faults }
  }
}

/** The environment with each path below a mount replaced by its path on this machine. */
function mounted(
  env: Environment,
  { volumeMounts = [] }: V1Container,
  deployment: V1Deployment,
  folderOf: (secret: string) => string,
): Environment {
  const folders = volumeMounts.map(({ name, mountPath }) => {
    const volume = podOf(deployment).spec?.volumes?.find((volume) => volume.name === name)
    return [mountPath, folderOf(volume?.secret?.secretName ?? '')] as const
  })
  const entries = Object.entries(env).map(([name, value]) => {
    const [path, folder] = folders.find(([path]) => value === path || value.startsWith(`${path}/`)) ?? [
      '',
      '',
    ]
    return [name, folder + value.slice(path.length)]
  })
  return Object.fromEntries(entries)
}

/**
 * Variables with an address on which no service listens, and tokens for a wrong audience: an application makes its tokens
 * for the origin in `API_URL`, and the API accepts only the origins in `AUDIENCES`.
 */
export function addressFaults(manifests: readonly Manifest[]): string[] {
  const containers = ofKind(manifests, 'Deployment').flatMap((deployment) =>
    containersOf(deployment).map((container) => ({ deployment, container })),
  )
  const api = containers.find(({ deployment }) => deployment.metadata?.name === 'api')
  const audiences = api && variableOf(api.container, 'AUDIENCES')?.split(',')
  return containers.flatMap(({ deployment, container }) => {
    const url = variableOf(container, 'API_URL')
    return [
      ...found(deployment, {
        [`its tokens are for ${url}, which is not an audience of the API`]:
          url !== undefined && !audiences?.includes(url),
        'accepts tokens without an audience':
          container === api?.container && variableOf(container, 'REQUIRE_AUDIENCE') !== 'true',
      }),
      ...(container.env ?? []).flatMap(({ name, value = '' }) =>
        found(deployment, {
          [`${name} is ${value}, where no service listens`]:
            name.endsWith('_URL') && isNotServed(new URL(value), name, manifests),
        }),
      ),
    ]
  })
}

/** The database and Redis can be outside the cluster; the API must be a service of the same namespace. */
function isNotServed({ hostname, port }: URL, name: string, manifests: readonly Manifest[]): boolean {
  const service = ofKind(manifests, 'Service').find(({ metadata }) => metadata?.name === hostname)
  if (!service) return name === 'API_URL'
  return !service.spec?.ports?.some((served) => `${served.port}` === port)
}
