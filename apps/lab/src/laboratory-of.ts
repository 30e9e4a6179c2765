import { readFileSync } from 'node:fs'
import { newSigner, openTarget } from '@signet/attacks'
import { createVerifier, openApplications, openKeyRing } from '@signet/auth'
import { type Laboratory, type LaboratoryOptions, openLaboratory } from './laboratory.ts'
import type { System } from './system.ts'

/**
 * The laboratory of a system: its API is the target, and the verifier here reads the very application registry and keys of that
 * one. `options` take the place of what would be chosen.
 */
export function laboratoryOf(system: System, options: Partial<LaboratoryOptions> = {}): Laboratory {
  const { api, places, application, second, granted } = system
  const url = new URL(api)
  return openLaboratory({
    application,
    second,
    unknownSigner: newSigner(),
    audience: url.origin,
    granted,
    target: openTarget({ url, ca: readFileSync(places.ca, 'utf8') }),
    verifyToken: createVerifier({
      applications: openApplications({ file: places.applications }),
      keyRing: openKeyRing({ folder: places.publicKeys }),
      audiences: [url.origin],
    }),
    ...options,
  })
}
