import { containersOf, type Manifest, ofKind, type Peer, podOf, type Rule, selects } from './manifests.ts'

/** A peer of a connection. `namespace` is set if it is in another namespace, and empty if it is outside the cluster. */
type Endpoint = { name: string; labels: Record<string, string>; namespace?: string; ports: number[] }

const ELSEWHERE: Endpoint[] = [
  { name: 'other pod', labels: {}, ports: [] },
  { name: 'dns', labels: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system', ports: [53] },
  { name: 'monitoring', labels: {}, namespace: 'monitoring', ports: [] },
  { name: 'outside', labels: {}, namespace: '', ports: [443, 5432, 6379] },
]

/** The connections that the network policies allow, in the form `app-one → api:3000`. */
export function reachOf(manifests: readonly Manifest[]): string[] {
  const endpoints = [...ofKind(manifests, 'Deployment').map(endpointOf), ...ELSEWHERE]
  return endpoints
    .flatMap((from) => endpoints.flatMap((to) => to.ports.map((port) => ({ from, to, port }))))
    .filter(({ from, to }) => from !== to && (isHere(from) || isHere(to)))
    .filter(
      ({ from, to, port }) =>
        allows(manifests, 'egress', from, to, port) && allows(manifests, 'ingress', to, from, port),
    )
    .map(({ from, to, port }) => `${from.name} → ${to.name}:${port}`)
}

function endpointOf(deployment: ReturnType<typeof ofKind<'Deployment'>>[number]): Endpoint {
  const ports = containersOf(deployment).flatMap(({ ports = [] }) =>
    ports.map(({ containerPort }) => containerPort),
  )
  return { name: deployment.metadata?.name ?? '', labels: podOf(deployment).labels, ports }
}

function isHere({ namespace }: Endpoint): boolean {
  return namespace === undefined
}

/** Whether the policies for `own` allow the traffic. If no policy selects it, all traffic is allowed. */
function allows(
  manifests: readonly Manifest[],
  direction: 'ingress' | 'egress',
  own: Endpoint,
  other: Endpoint,
  port: number,
): boolean {
  if (!isHere(own)) return true
  const type = direction === 'ingress' ? 'Ingress' : 'Egress'
  const policies = ofKind(manifests, 'NetworkPolicy').filter(
    ({ spec }) => spec?.policyTypes?.includes(type) && selects(spec.podSelector, own.labels),
  )
  return (
    policies.length === 0 ||
    policies.some(({ spec }) => (spec?.[direction] ?? []).some((rule) => matches(rule, other, port)))
  )
}

function matches({ from, to, ports }: Rule, other: Endpoint, port: number): boolean {
  const peers = from ?? to
  return (
    (!ports || ports.some((open) => open.port === port)) &&
    (!peers || peers.some((peer) => isPeer(peer, other)))
  )
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, { labels, namespace }: Endpoint): boolean {
  if (ipBlock) return namespace === ''
  if (!namespaceSelector) return namespace === undefined && selects(podSelector, labels)
  const ofNamespace = { 'kubernetes.io/metadata.name': namespace ?? 'signet' }
  return (
    namespace !== '' &&
    selects(namespaceSelector, ofNamespace) &&
    (!podSelector || selects(podSelector, labels))
  )
}
