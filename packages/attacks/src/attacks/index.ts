import type { Probe } from '../probe.ts'
import { algorithm } from './algorithm.ts'
import { application } from './application.ts'
import { claims } from './claims.ts'
import { encoding } from './encoding.ts'
import { header } from './header.ts'
import { json } from './json.ts'
import { key } from './key.ts'
import { order } from './order.ts'
import { signature } from './signature.ts'
import { signatureBytes } from './signature-bytes.ts'
import { size } from './size.ts'
import { structure } from './structure.ts'
import { times } from './times.ts'
import { transport } from './transport.ts'

/** Requests that an API must refuse. */
export const attacks: readonly Probe[] = [
  ...transport,
  ...size,
  ...structure,
  ...encoding,
  ...json,
  ...algorithm,
  ...header,
  ...claims,
  ...times,
  ...application,
  ...key,
  ...signature,
  ...signatureBytes,
  ...order,
]
