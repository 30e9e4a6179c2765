import type { V1Container, V1Deployment, V1Volume, V1VolumeMount } from '@kubernetes/client-node'
import { containersOf, found, type Manifest, nameOf, ofKind, podOf } from './manifests.ts'

const ENFORCE = 'pod-security.kubernetes.io/enforce'

/** What the pod security standard `restricted` refuses, and some stricter rules of this repository. */
export function podSecurityFaults(manifests: readonly Manifest[]): string[] {
  return [
    ...ofKind(manifests, 'Namespace').flatMap((namespace) =>
      found(namespace, { 'accepts any pod': namespace.metadata?.labels?.[ENFORCE] !== 'restricted' }),
    ),
    ...ofKind(manifests, 'Deployment').flatMap((deployment) => [
      ...found(deployment, podFaults(deployment)),
      ...containersOf(deployment).flatMap((container) => found(deployment, containerFaults(container))),
    ]),
  ]
}

function podFaults(deployment: V1Deployment) {
  const { spec } = podOf(deployment)
  const { securityContext } = spec ?? {}
  return {
    'can run as root': securityContext?.runAsNonRoot !== true || !securityContext.runAsUser,
    'runs without seccomp': securityContext?.seccompProfile?.type !== 'RuntimeDefault',
    'gets a token for the API of the cluster': spec?.automountServiceAccountToken !== false,
    'shares a namespace with its node': Boolean(spec?.hostNetwork || spec?.hostPID || spec?.hostIPC),
  }
}

function containerFaults({ securityContext, resources, ports = [] }: V1Container) {
  const { capabilities, allowPrivilegeEscalation, readOnlyRootFilesystem, ...others } = securityContext ?? {}
  return {
    'can gain privileges': allowPrivilegeEscalation !== false,
    'keeps capabilities': `${capabilities?.drop}` !== 'ALL' || Boolean(capabilities?.add),
    'can write to its root file system': readOnlyRootFilesystem !== true,
    'overrides the security context of its pod': Object.keys(others).length > 0,
    'has no memory limit': !resources?.limits?.memory,
    'uses a port of its node': ports.some(({ hostPort }) => hostPort),
  }
}

/**
 * Secrets that several services or other users can read, and mounts that are not updated. Any other way to give a secret
 * to a pod is a fault, too: only mounted folders are updated after a rotation.
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
      'has secrets but no fsGroup': !securityContext?.fsGroup && secretsOf(deployment).length > 0,
      'takes environment variables from outside the manifest': containers.some(
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
    [`volume ${name} is not mounted`]: !mounts.some((mount) => mount.name === name),
    [`volume ${name} is neither a secret nor an emptyDir`]: !secret && !emptyDir,
    [`the secret ${secret?.secretName} belongs to another service`]:
      secret !== undefined && secret.secretName !== holder.metadata?.name,
    'can start without its secret': secret?.optional === true,
    [`volume ${name} is not 0440`]: secret !== undefined && secret.defaultMode !== 0o440,
  }
}

function faultsOfMount(
  { name, mountPath, subPath, subPathExpr, readOnly }: V1VolumeMount,
  volumes: readonly V1Volume[],
) {
  const volume = volumes.find((volume) => volume.name === name)
  return {
    [`${mountPath} mounts ${name}, which is not a volume`]: !volume,
    [`${mountPath} is a subPath, which is never updated`]: Boolean(subPath || subPathExpr),
    [`${mountPath} is writable`]: volume?.secret !== undefined && !readOnly,
  }
}

/** Seconds that a service waits for open requests when it stops (`packages/service/src/run.ts`). */
const DRAIN = 10

/** What would make requests fail during a rollout of our services, or when a replica or a node stops. */
export function rolloutFaults(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'Deployment')
    .filter((deployment) => containersOf(deployment).some(({ image }) => image?.includes('signet-')))
    .flatMap((deployment) => [
      ...found(deployment, deploymentFaults(deployment)),
      ...containersOf(deployment).flatMap((container) =>
        found(deployment, stopFaults(container, deployment)),
      ),
    ])
}

function deploymentFaults(deployment: V1Deployment) {
  const { replicas = 3, strategy } = deployment.spec ?? {}
  const spreads = podOf(deployment).spec?.topologySpreadConstraints ?? []
  return {
    'has fewer than two replicas': replicas < 2,
    'removes replicas before new ones are ready': strategy?.rollingUpdate?.maxUnavailable !== 0,
    'can have all replicas on one node': !spreads.some(
      ({ topologyKey }) => topologyKey === 'kubernetes.io/hostname',
    ),
  }
}

function stopFaults(container: V1Container, deployment: V1Deployment) {
  const [program, seconds] = container.lifecycle?.preStop?.exec?.command ?? []
  const { terminationGracePeriodSeconds = 30 } = podOf(deployment).spec ?? {}
  return {
    'has no startup, readiness or liveness probe':
      !container.startupProbe || !container.readinessProbe || !container.livenessProbe,
    'stops before it is removed from the endpoints': program !== 'sleep' || Number(seconds) < 5,
    'is killed before it has stopped': terminationGracePeriodSeconds < Number(seconds) + DRAIN + 5,
  }
}
