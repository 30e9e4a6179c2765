import type { V1Deployment, V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import { found } from './found.ts'
import { containersOf, type Manifest, nameOf, ofKind, podOf } from './manifest.ts'

/**
 * Secrets that more than one service can see or that stand open to others, and mounts that would not show a change.
 * Whatever gives a pod a secret in another way is a fault, too: only folders follow a rotation.
 */
export function secretFaults(manifests: readonly Manifest[]): string[] {
  const deployments = ofKind(manifests, 'Deployment')
  return [...sharedSecrets(deployments), ...deployments.flatMap(mountFaults)]
}

function sharedSecrets(deployments: readonly V1Deployment[]): string[] {
  const holders = Map.groupBy(
    deployments.flatMap((deployment) =>
      secretsOf(deployment).map((secret) => ({ secret, name: nameOf(deployment) })),
    ),
    ({ secret }) => secret,
  )
  return [...holders]
    .filter(([, held]) => held.length > 1)
    .map(
      ([secret, held]) => `the secret ${secret} is mounted by ${held.map(({ name }) => name).join(' and ')}`,
    )
}

function secretsOf(deployment: V1Deployment): string[] {
  const volumes = podOf(deployment).spec?.volumes ?? []
  return [...new Set(volumes.flatMap(({ secret }) => secret?.secretName ?? []))]
}

function mountFaults(deployment: V1Deployment): string[] {
  const { volumes = [], securityContext } = podOf(deployment).spec ?? {}
  const containers = containersOf(deployment)
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts)
  return [
    ...volumes.flatMap((volume) => found(deployment, volumeFaults(volume, mounts, deployment))),
    ...mounts.flatMap((mount) => found(deployment, faultsOfMount(mount, volumes))),
    ...found(deployment, {
      'its secrets have no group of their own': !securityContext?.fsGroup && secretsOf(deployment).length > 0,
      'its environment does not stand in the manifest': containers.some(
        ({ env = [], envFrom = [] }) => envFrom.length > 0 || env.some(({ valueFrom }) => valueFrom),
      ),
    }),
  ]
}

function volumeFaults(
  { name, secret, emptyDir }: V1Volume,
  mounts: readonly V1VolumeMount[],
  holder: V1Deployment,
) {
  return {
    [`volume ${name} is mounted nowhere`]: !mounts.some((mount) => mount.name === name),
    [`volume ${name} is neither a secret nor empty`]: !secret && !emptyDir,
    [`the secret ${secret?.secretName} is not its own`]:
      secret !== undefined && secret.secretName !== holder.metadata?.name,
    'starts without its secret': secret?.optional === true,
    [`volume ${name} is not 0440`]: secret !== undefined && secret.defaultMode !== 0o440,
  }
}

function faultsOfMount(
  { name, mountPath, subPath, subPathExpr, readOnly }: V1VolumeMount,
  volumes: readonly V1Volume[],
) {
  const volume = volumes.find((volume) => volume.name === name)
  return {
    [`${mountPath} mounts ${name}, which is no volume`]: !volume,
    [`${mountPath} is a subPath, which never shows a change`]: Boolean(subPath || subPathExpr),
    [`${mountPath} can be written to`]: volume?.secret !== undefined && !readOnly,
  }
}
