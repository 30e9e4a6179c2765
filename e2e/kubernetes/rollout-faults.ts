import type { V1Container, V1Deployment } from '@kubernetes/client-node'
import { found } from './found.ts'
import { containersOf, type Manifest, ofKind, podOf } from './manifest.ts'

/** Seconds for the requests under way when a service is told to stop (`packages/service/src/run.ts`). */
const DRAIN = 10

/** What would cost requests when a service of ours is rolled, or a replica or a node goes. */
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
    'one replica is none when it goes': replicas < 2,
    'takes replicas away before new ones are ready': strategy?.rollingUpdate?.maxUnavailable !== 0,
    'all replicas may be on one node': !spreads.some(
      ({ topologyKey }) => topologyKey === 'kubernetes.io/hostname',
    ),
  }
}

function stopFaults(container: V1Container, deployment: V1Deployment) {
  const [program, seconds] = container.lifecycle?.preStop?.exec?.command ?? []
  const { terminationGracePeriodSeconds = 30 } = podOf(deployment).spec ?? {}
  return {
    'lacks a probe': !container.startupProbe || !container.readinessProbe || !container.livenessProbe,
    'stops before its endpoint has gone': program !== 'sleep' || Number(seconds) < 5,
    'is killed while it stops': terminationGracePeriodSeconds < Number(seconds) + DRAIN + 5,
  }
}
