import { dumpYaml, loadYaml } from '@kubernetes/client-node'
import { parse } from 'yaml'
import { addressFaults, configurationFaults } from './configuration-faults.ts'
import { found, type Manifest, nameOf } from './manifests.ts'
import { portFaults, selectorFaults } from './network-faults.ts'
import { podSecurityFaults, rolloutFaults, secretFaults } from './pod-faults.ts'

/** All faults of the manifests, as text. `folderOf` returns the folder on this machine with the files of a secret. */
export async function faultsOf(
  manifests: readonly Manifest[],
  folderOf: (secret: string) => string,
): Promise<string[]> {
  const types = await Promise.all(manifests.map(typeFaults))
  const faults = [...unknownKinds(manifests), ...types.flat()]
  // The next checks rely on the types.
  if (faults.length > 0) return faults
  return [selectorFaults, portFaults, secretFaults, podSecurityFaults, rolloutFaults, addressFaults]
    .flatMap((faults) => faults(manifests))
    .concat(configurationFaults(manifests, folderOf))
}

/** The kinds that the checks know. A secret in the pods of another kind would not be checked, so other kinds are faults. */
const KINDS = [
  'Namespace',
  'Service',
  'Deployment',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
]

function unknownKinds(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) =>
    found(manifest, { 'no check knows this kind': !KINDS.includes(manifest.kind) }),
  )
}

/** Faults by the types of the Kubernetes API: wrong or missing values, and unknown fields. */
async function typeFaults(manifest: Manifest): Promise<string[]> {
  const faults = [...(await valueFaults(manifest)), ...unknownFields(manifest, knownPart(manifest))]
  return faults.map((fault) => `${nameOf(manifest)}: ${fault}`)
}

async function valueFaults({ apiVersion, kind, ...fields }: Manifest): Promise<string[]> {
  try {
    const models = await import(/* @vite-ignore */ `kubernetes-models/${apiVersion}/${kind}`)
    new models[kind]({ apiVersion, kind, ...fields }).validate()
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

/** The manifest after the client of the Kubernetes API has read and written it: unknown fields are gone. */
function knownPart(manifest: Manifest): unknown {
  return parse(dumpYaml(loadYaml(JSON.stringify(manifest))))
}

/** The paths of the fields that are in `given` and not in `known`. */
function unknownFields(given: unknown, known: unknown, path = ''): string[] {
  if (!(given instanceof Object)) return []
  return Object.entries(given).flatMap(([key, value]) => {
    const counterpart = Object(known)[key]
    return counterpart === undefined
      ? [`there is no field ${path}${key}`]
      : unknownFields(value, counterpart, `${path}${key}.`)
  })
}
