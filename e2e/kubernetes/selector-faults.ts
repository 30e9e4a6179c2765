import { found } from './found.ts'
import { type Manifest, nameOf, ofKind, podOf, selectedBy, selects } from './manifest.ts'

/** Selectors that select nothing, or others than those whose name they bear. */
export function selectorFaults(manifests: readonly Manifest[]): string[] {
  return [deployments, services, disruptionBudgets, autoscalers, networkPolicies].flatMap((faults) =>
    faults(manifests),
  )
}

function deployments(manifests: readonly Manifest[]): string[] {
  return ofKind(manifests, 'Deployment').flatMap((deployment) => {
    const { labels, spec } = podOf(deployment)
    const spreads = spec?.topologySpreadConstraints ?? []
    return found(deployment, {
      'does not select its own pods': !selects(deployment.spec?.selector, labels),
      'its spread counts other pods': !spreads.every(({ labelSelector }) => selects(labelSelector, labels)),
    })
  })
}

function services(manifests: readonly Manifest[]): string[] {
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
    return found(autoscaler, { 'scales what is not there': !isThere })
  })
}

function networkPolicies(manifests: readonly Manifest[]): string[] {
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
