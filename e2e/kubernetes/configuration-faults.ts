import { isDeepStrictEqual } from 'node:util'
import type { V1Container, V1Deployment } from '@kubernetes/client-node'
import { readApiConfig } from '../../apps/api/src/config.ts'
import type { ConfigFault } from '../../packages/service/src/config.ts'
import { readWebConfig } from '../../packages/web/src/config.ts'
import { containersOf, type Manifest, nameOf, ofKind, podOf } from './manifest.ts'

type Environment = Record<string, string>

const READERS: Record<string, (env: Environment) => object> = {
  api: readApiConfig,
  'app-one': (env) => readWebConfig({ name: 'app-one', port: 3001, env }),
  'app-two': (env) => readWebConfig({ name: 'app-two', port: 3002, env }),
}

/**
 * What the services' own code says against the environment that their pods give them. `folderOf` is where the files
 * of a secret lie on this machine.
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
      // One that means nothing to the service can be anything.
      ...Object.keys(env)
        .filter((name) => isDeepStrictEqual(outcome({ ...env, [name]: '\0' }), outcome(env)))
        .map((name) => `${name} is no variable of the service`),
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

/** The environment with every path below a mount as it is on this machine. */
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
