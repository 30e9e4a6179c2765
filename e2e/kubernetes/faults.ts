import { addressFaults } from './address-faults.ts'
import { configurationFaults } from './configuration-faults.ts'
import { found } from './found.ts'
import type { Manifest } from './manifest.ts'
import { podSecurityFaults } from './pod-security-faults.ts'
import { portFaults } from './port-faults.ts'
import { rolloutFaults } from './rollout-faults.ts'
import { secretFaults } from './secret-faults.ts'
import { selectorFaults } from './selector-faults.ts'
import { typeFaults } from './type-faults.ts'

/** All that is wrong with manifests, as sentences. `folderOf`: where the files of a secret lie on this machine. */
export async function faultsOf(
  manifests: readonly Manifest[],
  folderOf: (secret: string) => string,
): Promise<string[]> {
  const types = await Promise.all(manifests.map(typeFaults))
  const faults = [...unknownKinds(manifests), ...types.flat()]
  // What follows trusts the types.
  if (faults.length > 0) return faults
  return [selectorFaults, portFaults, secretFaults, podSecurityFaults, rolloutFaults, addressFaults]
    .flatMap((faults) => faults(manifests))
    .concat(configurationFaults(manifests, folderOf))
}

/** Of these the checks below know what they hold; a secret in the pods of another kind would pass unseen. */
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
    found(manifest, { 'its kind is not checked here': !KINDS.includes(manifest.kind) }),
  )
}
