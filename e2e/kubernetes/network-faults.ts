import type { V1Container, V1Deployment } from '@kubernetes/client-node'
import {
  containersOf,
  found,
  type Manifest,
  nameOf,
  ofKind,
  podOf,
  selectedBy,
  selects,
  variableOf,
} from './manifests.ts'

/** Selectors that select nothing, or select another service than the one with their name. */
export function selectorFaults(manifests: readonly Manifest[]): string[] {
  return [
    deployments,
    selectorsOfServices,
    disruptionBudgets,
    autoscalers,
    selectorsOfNetworkPolicies,
  ].flatMap((faults) => faults(manifests))
}

function deployments(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'Deployment').flatMap((deployment) => {
    const { labels, spec } = podOf(deployment)
    const spreads = spec?.topologySpreadConstraints ?? []
    return found(deployment, {
      'does not select its own pods': !selects(deployment.spec?.selector, labels),
      'its spread constraint counts other pods': !spreads.every(({ labelSelector }) =>
        selects(labelSelector, labels),
      ),
    })
  })
}

function selectorsOfServices(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'Service').flatMap((service) => {
    const selected = namesOf(selectedBy({ matchLabels: service.spec?.selector ?? {} }, manifests))
    return found(service, { [`selects ${selected}`]: selected !== service.metadata?.name })
  })
}

function disruptionBudgets(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'PodDisruptionBudget').flatMap((budget) => {
    const selected = namesOf(selectedBy(budget.spec?.selector, manifests))
    return found(budget, { [`selects ${selected}`]: selected !== budget.metadata?.name })
  })
}

function autoscalers(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'HorizontalPodAutoscaler').flatMap((autoscaler) => {
    const { kind, name } = autoscaler.spec?.scaleTargetRef ?? {}
    const isThere = manifests.some((manifest) => nameOf(manifest) === `${kind} ${name}`)
    return found(autoscaler, { 'scales a deployment that does not exist': !isThere })
  })
}

function selectorsOfNetworkPolicies(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'NetworkPolicy').flatMap((policy) => {
    const { podSelector, ingress = [], egress = [] } = policy.spec ?? {}
    const peers = [...ingress.flatMap(({ from = [] }) => from), ...egress.flatMap(({ to = [] }) => to)]
    const selectors = peers.filter((peer) => !peer.namespaceSelector).map((peer) => peer.podSelector)
    const nothing = [podSelector, ...selectors].filter(
      (selector) => selectedBy(selector, manifests).length === 0,
    )
    return nothing.flatMap((selector) =>
      found(policy, { [`${JSON.stringify(selector)} selects nothing`]: true }),
    )
  })
}

function namesOf(selected: ReturnType<typeof selectedBy>): string {
  return selected.map(({ metadata }) => metadata?.name).join(', ') || 'nothing'
}

/** Ports on which no pod listens, and probes with a wrong path, scheme or port. */
export function portFaults(manifests: readonly Manifest[]): string[] {
  return [
    ...ofKind(manifests, 'Deployment').flatMap((deployment) =>
      containersOf(deployment).flatMap((container) =>
        found(deployment, { ...probeFaults(container), ...listenFaults(container) }),
      ),
    ),
    ...portsOfServices(manifests),
    ...portsOfNetworkPolicies(manifests),
  ]
}

/** The paths of the probes, from `packages/service/src/health.ts`. */
const PATHS = { startupProbe: '/healthz', readinessProbe: '/readyz', livenessProbe: '/healthz' } as const

function probeFaults(container: V1Container): Record<string, boolean> {
  const scheme = variableOf(container, 'TLS_CERT_FILE') ? 'HTTPS' : 'HTTP'
  const faults = Object.entries(PATHS).map(([kind, path]) => {
    const { httpGet } = container[kind as keyof typeof PATHS] ?? {}
    return {
      [`its ${kind} requests ${httpGet?.path}, not ${path}`]: httpGet && httpGet.path !== path,
      [`its ${kind} does not use ${scheme}`]: httpGet && httpGet.scheme !== scheme,
      [`its ${kind} names a port that does not exist: ${httpGet?.port}`]:
        httpGet && !container.ports?.some(({ name }) => name === httpGet.port),
    }
  })
  return Object.assign({}, ...faults)
}

/** Compares the port in the environment of a service with the port in its pod. */
function listenFaults(container: V1Container): Record<string, boolean> {
  const faults = Object.entries({ PORT: 'https', METRICS_PORT: 'metrics' }).map(([variable, name]) => {
    const port = container.ports?.find((port) => port.name === name)?.containerPort
    const value = variableOf(container, variable)
    return { [`${variable} is ${value}, and its port ${name} is ${port}`]: `${port}` !== `${value}` }
  })
  return Object.assign({}, ...faults)
}

function portsOfServices(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'Service').flatMap((service) => {
    const { selector = {}, ports = [] } = service.spec ?? {}
    const names = portsOf(selectedBy({ matchLabels: selector }, manifests)).map(({ name }) => name)
    return ports.flatMap(({ targetPort }) =>
      found(service, { [`no pod has a port ${targetPort}`]: !names.includes(`${targetPort}`) }),
    )
  })
}

/** If a policy names the pods that can be reached, these pods must listen on the ports that it allows. */
function portsOfNetworkPolicies(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'NetworkPolicy').flatMap((policy) => {
    const { podSelector, ingress = [], egress = [] } = policy.spec ?? {}
    const openings = [
      ...ingress.map(({ ports = [] }) => ({ ports, selector: podSelector })),
      ...egress.flatMap(({ ports = [], to = [] }) =>
        to
          .filter(({ namespaceSelector }) => !namespaceSelector)
          .map((peer) => ({ ports, selector: peer.podSelector })),
      ),
    ]
    return openings.flatMap(({ ports, selector }) => {
      const listened = portsOf(selectedBy(selector, manifests)).map(({ containerPort }) => containerPort)
      return ports.flatMap(({ port = 0 }) =>
        found(policy, { [`no pod listens on ${port}`]: !listened.includes(port) }),
      )
    })
  })
}

function portsOf(deployments: readonly V1Deployment[]) {
  return deployments.flatMap(containersOf).flatMap(({ ports = [] }) => ports)
}
