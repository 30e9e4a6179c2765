import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
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
import { parse, parseAllDocuments } from 'yaml'

type Kinds = {
  Namespace: V1Namespace
  Service: V1Service
  Deployment: V1Deployment
  NetworkPolicy: NetworkPolicy
  PodDisruptionBudget: V1PodDisruptionBudget
  HorizontalPodAutoscaler: V2HorizontalPodAutoscaler
}

/** The type of the client has another name for `from`. */
type NetworkPolicy = {
  apiVersion?: string
  kind?: string
  metadata?: V1ObjectMeta
  spec?: { podSelector?: V1LabelSelector; policyTypes?: string[]; ingress?: Rule[]; egress?: Rule[] }
}

export type Rule = { from?: Peer[]; to?: Peer[]; ports?: { protocol?: string; port?: number }[] }
export type Peer = { podSelector?: V1LabelSelector; namespaceSelector?: V1LabelSelector; ipBlock?: object }

/** One object from its file. `faults.ts` checks whether it has the type of its kind. */
export type Manifest = { [Kind in keyof Kinds]: Kinds[Kind] & { kind: Kind } }[keyof Kinds]

export function ofKind<Kind extends keyof Kinds>(manifests: readonly Manifest[], kind: Kind): Kinds[Kind][] {
  return manifests.filter((manifest) => manifest.kind === kind) as Kinds[Kind][]
}

/** The kind and the name, such as `Deployment api`. */
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

/** The deployments whose pods a selector selects. An empty selector selects all, an undefined one selects nothing. */
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

/**
 * The manifests that `kubectl apply -k` would send. Supports what our kustomizations use: resources, components, a
 * namespace, and patches that remove a field or add to a list. Throws if there is anything else, or if a YAML file is
 * not named.
 */
export function readKustomization(folder: string, below: readonly Manifest[] = []): Manifest[] {
  const { resources = [], components = [], patches = [], namespace, ...rest } = readFile(folder)
  const { apiVersion, kind, ...unknown } = rest
  if (!apiVersion || !kind || Object.keys(unknown).length > 0)
    throw new Error(
      `${folder}/kustomization.yaml: ${Object.keys(unknown).join(', ') || 'no kind'} is not supported`,
    )
  refuseForgotten(folder, resources)
  let manifests = [...below, ...resources.flatMap((path) => readResource(join(folder, path)))]
  for (const path of components) manifests = readKustomization(join(folder, path), manifests)
  if (namespace) for (const manifest of manifests) putInto(namespace, manifest)
  for (const patch of patches) applyPatch(patch, manifests)
  return manifests
}

type Kustomization = {
  apiVersion?: string
  kind?: string
  namespace?: string
  resources?: string[]
  components?: string[]
  patches?: Patch[]
}

type Patch = { target: { kind: string; name: string }; patch: string }

function readFile(folder: string): Kustomization {
  return parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'))
}

function readResource(path: string): Manifest[] {
  if (statSync(path).isDirectory()) return readKustomization(path)
  // YAML 1.1, as kubectl reads it: a mode of 0440 is an octal number.
  return parseAllDocuments(readFileSync(path, 'utf8'), { version: '1.1', uniqueKeys: true }).map(
    (document) => {
      const [error] = document.errors
      if (error) throw new Error(`${path}: ${error.message}`)
      return document.toJS()
    },
  )
}

function refuseForgotten(folder: string, resources: readonly string[]): void {
  const forgotten = readdirSync(folder).filter(
    (name) => name.endsWith('.yaml') && name !== 'kustomization.yaml' && !resources.includes(name),
  )
  if (forgotten.length > 0)
    throw new Error(`${folder}/kustomization.yaml does not name ${forgotten.join(', ')}`)
}

function putInto(namespace: string, manifest: Manifest): void {
  if (manifest.kind !== 'Namespace') manifest.metadata = { ...manifest.metadata, namespace }
}

/** JSON Patch (RFC 6902); only `remove`, and `add` at the end of a list, are supported. */
function applyPatch({ target, patch }: Patch, manifests: readonly Manifest[]): void {
  const wanted = `${target.kind} ${target.name}`
  const manifest = manifests.find((manifest) => nameOf(manifest) === wanted)
  for (const { op, path, value } of parse(patch) as { op: string; path: string; value?: unknown }[]) {
    const keys = path.split('/').slice(1)
    const last = keys.pop() ?? ''
    const holder = keys.reduce<unknown>((value, key) => Object(value)[key], manifest)
    if (op === 'add' && last === '-' && Array.isArray(holder)) {
      holder.push(value)
      continue
    }
    if (op !== 'remove' || Object(holder)[last] === undefined)
      throw new Error(`a patch cannot ${op} ${path} of ${wanted}`)
    Reflect.deleteProperty(holder as object, last)
  }
}

/** Returns the texts whose value is true, each after the name of the object that has the fault. */
export function found(about: Parameters<typeof nameOf>[0], faults: Record<string, boolean>): string[] {
  return Object.keys(faults)
    .filter((fault) => faults[fault])
    .map((fault) => `${nameOf(about)}: ${fault}`)
}
