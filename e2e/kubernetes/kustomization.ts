import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { type Manifest, nameOf } from './manifest.ts'

/**
 * The manifests that `kubectl apply -k` would send, as far as our kustomizations go: resources, components, a namespace
 * and patches that remove a field. Throws at anything else, and at a YAML file in the folder that nothing names.
 */
export function readKustomization(folder: string, below: readonly Manifest[] = []): Manifest[] {
  const { resources = [], components = [], patches = [], namespace, ...rest } = readFile(folder)
  const { apiVersion, kind, ...unknown } = rest
  if (!apiVersion || !kind || Object.keys(unknown).length > 0)
    throw new Error(
      `${folder}/kustomization.yaml: ${Object.keys(unknown).join(', ') || 'no kind'} is not read here`,
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
  // As kubectl reads it: in YAML 1.1 a mode of 0440 is an octal number.
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

/** JSON Patch (RFC 6902), of which only `remove` is in use. */
function applyPatch({ target, patch }: Patch, manifests: readonly Manifest[]): void {
  const wanted = `${target.kind} ${target.name}`
  const manifest = manifests.find((manifest) => nameOf(manifest) === wanted)
  for (const { op, path } of parse(patch) as { op: string; path: string }[]) {
    const keys = path.split('/').slice(1)
    const last = keys.pop() ?? ''
    const holder = keys.reduce<unknown>((value, key) => Object(value)[key], manifest)
    if (op !== 'remove' || Object(holder)[last] === undefined)
      throw new Error(`a patch cannot ${op} ${path} of ${wanted}`)
    Reflect.deleteProperty(holder as object, last)
  }
}
