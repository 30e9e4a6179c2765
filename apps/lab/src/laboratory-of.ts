import { readFileSync } from 'node:fs'
import { newParty, openTarget } from '@signet/attacks'
import { createVerifier, openGuestList, openKeyRing } from '@signet/auth'
import { type Laboratory, type LaboratoryOptions, openLaboratory } from './laboratory.ts'
import type { System } from './system.ts'

/**
 * The laboratory of a system: its API is the target, and the verifier here reads the very guest list and keys of that
 * one. `options` take the place of what would be chosen.
 */
export function laboratoryOf(system: System, options: Partial<LaboratoryOptions> = {}): Laboratory {
  const { api, places, application, neighbour, granted } = system
  const url = new URL(api)
  return openLaboratory({
    application,
    neighbour,
    stranger: newParty(),
    audience: url.origin,
    granted,
    target: openTarget({ url, ca: readFileSync(places.ca, 'utf8') }),
    verifyToken: createVerifier({
      guestList: openGuestList({ file: places.applications }),
      keyRing: openKeyRing({ folder: places.publicKeys }),
      audiences: [url.origin],
    }),
    ...options,
  })
}
