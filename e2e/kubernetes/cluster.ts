import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { faultsOf } from './faults.ts'
import { readKustomization } from './kustomization.ts'
import type { Manifest } from './manifest.ts'
import { putSecrets } from './secrets.ts'

const KUBERNETES = join(import.meta.dirname, '../../deploy/kubernetes')

/** The base, with the trial's databases, and with autoscaling on top. */
export const base = readKustomization(join(KUBERNETES, 'base'))
export const trial = readKustomization(join(KUBERNETES, 'trial'))
export const scaled = readKustomization(join(KUBERNETES, 'components/scaling'), structuredClone(trial))

/** Brings fresh secrets to where a cluster would mount them, for the tests of this file. */
export function mountSecrets() {
  const folder = mkdtempSync(join(tmpdir(), 'signet-kubernetes-'))
  const mounts = join(folder, 'mounts')
  beforeAll(() => putSecrets(folder, mounts))
  afterAll(() => rmSync(folder, { recursive: true }))
  return {
    mounts,
    faults: (manifests: readonly Manifest[]) => faultsOf(manifests, (secret) => join(mounts, secret)),
  }
}
