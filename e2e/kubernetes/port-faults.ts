import type { V1Container, V1Deployment } from '@kubernetes/client-node'
import { found } from './found.ts'
import { containersOf, type Manifest, ofKind, selectedBy, variableOf } from './manifest.ts'

/** Ports that nobody listens on, and probes that ask in the wrong place or the wrong way. */
export function portFaults(manifests: readonly Manifest[]): string[] {
  return [
    ...ofKind(manifests, 'Deployment').flatMap((deployment) =>
      containersOf(deployment).flatMap((container) =>
        found(deployment, { ...probeFaults(container), ...listenFaults(container) }),
      ),
    ),
    ...services(manifests),
    ...networkPolicies(manifests),
  ]
}

/** Where the services answer probes, by `packages/service/src/health.ts`. */
const PATHS = { startupProbe: '/healthz', readinessProbe: '/readyz', livenessProbe: '/healthz' } as const

function probeFaults(container: V1Container): Record<string, boolean> {
  const scheme = variableOf(container, 'TLS_CERT_FILE') ? 'HTTPS' : 'HTTP'
  const faults = Object.entries(PATHS).map(([kind, path]) => {
    const { httpGet } = container[kind as keyof typeof PATHS] ?? {}
    return {
      [`its ${kind} asks for ${httpGet?.path}, not ${path}`]: httpGet && httpGet.path !== path,
      [`its ${kind} does not speak ${scheme}`]: httpGet && httpGet.scheme !== scheme,
      [`its ${kind} finds no port ${httpGet?.port}`]:
        httpGet && !container.ports?.some(({ name }) => name === httpGet.port),
    }
  })
  return Object.assign({}, ...faults)
}

/** What a service is told to listen on, and what its pod says that it listens on. */
function listenFaults(container: V1Container): Record<string, boolean> {
  const faults = Object.entries({ PORT: 'https', METRICS_PORT: 'metrics' }).map(([variable, name]) => {
    const port = container.ports?.find((port) => port.name === name)?.containerPort
    const value = variableOf(container, variable)
    return { [`${variable} is ${value}, and its port ${name} is ${port}`]: `${port}` !== `${value}` }
  })
  return Object.assign({}, ...faults)
}

function services(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'Service').flatMap((service) => {
    const { selector = {}, ports = [] } = service.spec ?? {}
    const names = portsOf(selectedBy({ matchLabels: selector }, manifests)).map(({ name }) => name)
    return ports.flatMap(({ targetPort }) =>
      found(service, { [`no pod has a port ${targetPort}`]: !names.includes(`${targetPort}`) }),
    )
  })
}

/** Where a policy names the pods that are to be reached, they listen on the ports that it opens. */
function networkPolicies(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'NetworkPolicy').flatMap((policy) => {
    const { podSelector, ingress = [], egress = [] } = policy.spec ?? {}
    const doors = [
      ...ingress.map(({ ports = [] }) => ({ ports, selector: podSelector })),
      ...egress.flatMap(({ ports = [], to = [] }) =>
        to
          .filter(({ namespaceSelector }) => !namespaceSelector)
          .map((peer) => ({ ports, selector: peer.podSelector })),
      ),
    ]
    return doors.flatMap(({ ports, selector }) => {
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
