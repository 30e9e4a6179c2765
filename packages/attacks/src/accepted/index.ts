import type { Probe } from '../probe.ts'
import { claims } from './claims.ts'
import { header } from './header.ts'
import { json } from './json.ts'
import { signature } from './signature.ts'
import { size } from './size.ts'
import { times } from './times.ts'
import { transport } from './transport.ts'

/** Requests that an API must accept: an API that refuses everything must not pass. */
export const accepted: readonly Probe[] = [
  ...transport,
  ...size,
  ...json,
  ...header,
  ...claims,
  ...times,
  ...signature,
]
