import type { Probe } from '../probe.ts'
import { claims } from './claims.ts'
import { header } from './header.ts'
import { json } from './json.ts'
import { scope } from './scope.ts'
import { signing } from './signing.ts'
import { size } from './size.ts'
import { times } from './times.ts'
import { transport } from './transport.ts'

/** What must be accepted, so that refusing everything is no pass. */
export const accepted: readonly Probe[] = [
  ...transport,
  ...size,
  ...json,
  ...header,
  ...claims,
  ...scope,
  ...times,
  ...signing,
]
