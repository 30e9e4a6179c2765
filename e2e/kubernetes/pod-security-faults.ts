import type { V1Container, V1Deployment } from '@kubernetes/client-node'
import { found } from './found.ts'
import { containersOf, type Manifest, ofKind, podOf } from './manifest.ts'

const ENFORCE = 'pod-security.kubernetes.io/enforce'

/** What the pod security standard `restricted` would refuse, and what goes beyond it here. */
export function podSecurityFaults(manifests: readonly Manifest[]): string[] {
  return [
    ...ofKind(manifests, 'Namespace').flatMap((namespace) =>
      found(namespace, { 'lets any pod in': namespace.metadata?.labels?.[ENFORCE] !== 'restricted' }),
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
    'may be root': securityContext?.runAsNonRoot !== true || !securityContext.runAsUser,
    'runs without seccomp': securityContext?.seccompProfile?.type !== 'RuntimeDefault',
    "gets a token for the cluster's own API": spec?.automountServiceAccountToken !== false,
    'is in a namespace of its node': Boolean(spec?.hostNetwork || spec?.hostPID || spec?.hostIPC),
  }
}

function containerFaults({ securityContext, resources, ports = [] }: V1Container) {
  const { capabilities, allowPrivilegeEscalation, readOnlyRootFilesystem, ...others } = securityContext ?? {}
  return {
    'may gain privileges': allowPrivilegeEscalation !== false,
    'keeps capabilities': `${capabilities?.drop}` !== 'ALL' || Boolean(capabilities?.add),
    'can write to its own files': readOnlyRootFilesystem !== true,
    'overrides what its pod sets': Object.keys(others).length > 0,
    'has no limit to its memory': !resources?.limits?.memory,
    'takes a port of its node': ports.some(({ hostPort }) => hostPort),
  }
}
