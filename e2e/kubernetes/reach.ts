import { containersOf, type Manifest, ofKind, type Peer, podOf, type Rule, selects } from './manifest.ts'

/** `namespace` is given for what stands elsewhere; the outside has no labels at all. */
type Place = { name: string; labels: Record<string, string>; namespace?: string; ports: number[] }

const ELSEWHERE: Place[] = [
  { name: 'stranger', labels: {}, ports: [] },
  { name: 'dns', labels: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system', ports: [53] },
  { name: 'monitoring', labels: {}, namespace: 'monitoring', ports: [] },
  { name: 'outside', labels: {}, namespace: '', ports: [443, 5432, 6379] },
]

/** Who can open a connection to whom, as `app-one → api:3000`, by the network policies alone. */
export function reachOf(manifests: readonly Manifest[]): string[] {
  const places = [...ofKind(manifests, 'Deployment').map(placeOf), ...ELSEWHERE]
  return places
    .flatMap((from) => places.flatMap((to) => to.ports.map((port) => ({ from, to, port }))))
    .filter(({ from, to }) => from !== to && (isHere(from) || isHere(to)))
    .filter(
      ({ from, to, port }) =>
        lets(manifests, 'egress', from, to, port) && lets(manifests, 'ingress', to, from, port),
    )
    .map(({ from, to, port }) => `${from.name} → ${to.name}:${port}`)
}

function placeOf(deployment: ReturnType<typeof ofKind<'Deployment'>>[number]): Place {
  const ports = containersOf(deployment).flatMap(({ ports = [] }) =>
    ports.map(({ containerPort }) => containerPort),
  )
  return { name: deployment.metadata?.name ?? '', labels: podOf(deployment).labels, ports }
}

function isHere({ namespace }: Place): boolean {
  return namespace === undefined
}

/** Whether a place of this namespace lets traffic pass. Where no policy selects it, everything passes. */
function lets(
  manifests: readonly Manifest[],
  way: 'ingress' | 'egress',
  own: Place,
  other: Place,
  port: number,
): boolean {
  if (!isHere(own)) return true
  const type = way === 'ingress' ? 'Ingress' : 'Egress'
  const policies = ofKind(manifests, 'NetworkPolicy').filter(
    ({ spec }) => spec?.policyTypes?.includes(type) && selects(spec.podSelector, own.labels),
  )
  return (
    policies.length === 0 ||
    policies.some(({ spec }) => (spec?.[way] ?? []).some((rule) => fits(rule, other, port)))
  )
}

function fits({ from, to, ports }: Rule, other: Place, port: number): boolean {
  const peers = from ?? to
  return (
    (!ports || ports.some((open) => open.port === port)) &&
    (!peers || peers.some((peer) => isPeer(peer, other)))
  )
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, { labels, namespace }: Place): boolean {
  if (ipBlock) return namespace === ''
  if (!namespaceSelector) return namespace === undefined && selects(podSelector, labels)
  const ofNamespace = { 'kubernetes.io/metadata.name': namespace ?? 'signet' }
  return (
    namespace !== '' &&
    selects(namespaceSelector, ofNamespace) &&
    (!podSelector || selects(podSelector, labels))
  )
}
