import type {
  V1Container,
  V1Deployment,
  V1LabelSelector,
  V1Namespace,
  V1ObjectMeta,
  V1PodDisruptionBudget,
  V1Service,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node'

type Kinds = {
  Namespace: V1Namespace
  Service: V1Service
  Deployment: V1Deployment
  NetworkPolicy: NetworkPolicy
  PodDisruptionBudget: V1PodDisruptionBudget
  HorizontalPodAutoscaler: V2HorizontalPodAutoscaler
}

/** The client's own type calls `from` by another name. */
type NetworkPolicy = {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  spec?: { podSelector?: V1LabelSelector; policyTypes?: string[]; ingress?: Rule[]; egress?: Rule[] }
}

export type Rule = { from?: Peer[]; to?: Peer[]; ports?: { protocol?: string; port?: number }[] }
export type Peer = { podSelector?: V1LabelSelector; namespaceSelector?: V1LabelSelector; ipBlock?: object }

/** One object as its file has it. Whether it has the shape that its kind promises, `type-faults.ts` says. */
export type Manifest = { [Kind in keyof Kinds]: Kinds[Kind] & { kind: Kind } }[keyof Kinds]

export function ofKind<Kind extends keyof Kinds>(manifests: readonly Manifest[], kind: Kind): Kinds[Kind][] {
  return manifests.filter((manifest) => manifest.kind === kind) as Kinds[Kind][]
}

/** As `Deployment api`. */
export function nameOf({ kind, metadata }: { kind?: string; metadata?: { name?: string } }): string {
  return `${kind} ${metadata?.name}`
}

export function podOf(deployment: V1Deployment) {
  const { metadata, spec } = deployment.spec?.template ?? {}
  return { labels: metadata?.labels ?? {}, spec }
}

export function containersOf(deployment: V1Deployment): V1Container[] {
  const { spec } = podOf(deployment)
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]
}

/** The deployments whose pods a selector selects. An empty selector selects all, none selects nothing. */
export function selectedBy(
  selector: V1LabelSelector | undefined,
  manifests: readonly Manifest[],
): V1Deployment[] {
  return ofKind(manifests, 'Deployment').filter((deployment) => selects(selector, podOf(deployment).labels))
}

export function selects(selector: V1LabelSelector | undefined, labels: Record<string, string>): boolean {
  if (!selector) return false
  const { matchLabels = {}, matchExpressions = [] } = selector
  const wanted = Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] }))
  return [...wanted, ...matchExpressions].every(({ key, operator, values = [] }) => {
    const value = labels[key]
    if (operator === 'Exists') return value !== undefined
    if (operator === 'DoesNotExist') return value === undefined
    const isIn = value !== undefined && values.includes(value)
    return operator === 'In' ? isIn : !isIn
  })
}

export function variableOf({ env = [] }: V1Container, variable: string): string | undefined {
  return env.find(({ name }) => name === variable)?.value
}
