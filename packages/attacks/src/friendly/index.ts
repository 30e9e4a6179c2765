import type { Probe } from '../probe.ts'
import { carriage } from './carriage.ts'
import { claims } from './claims.ts'
import { header } from './header.ts'
import { json } from './json.ts'
import { scope } from './scope.ts'
import { signing } from './signing.ts'
import { size } from './size.ts'
import { times } from './times.ts'

/** What must be accepted, so that refusing everything is no pass. */
export const friendly: readonly Probe[] = [
  ...carriage,
  ...size,
  ...json,
  ...header,
  ...claims,
  ...scope,
  ...times,
  ...signing,
]
