import type { Probe } from '../probe.ts'
import { algorithmHmac } from './algorithm-hmac.ts'
import { algorithmName } from './algorithm-name.ts'
import { algorithmNone } from './algorithm-none.ts'
import { algorithmOthers } from './algorithm-others.ts'
import { application } from './application.ts'
import { issuerAndAudience } from './claim-issuer-audience.ts'
import { claimTypes } from './claim-types.ts'
import { duplicates } from './duplicates.ts'
import { encoding } from './encoding.ts'
import { header } from './header.ts'
import { json } from './json.ts'
import { keyHeader } from './key-header.ts'
import { keyId } from './key-id.ts'
import { order } from './order.ts'
import { signatureChanged } from './signature-changed.ts'
import { signatureEncoding } from './signature-encoding.ts'
import { signatureInput } from './signature-input.ts'
import { signatureSigner } from './signature-signer.ts'
import { size } from './size.ts'
import { structure } from './structure.ts'
import { times } from './times.ts'
import { transportElsewhere } from './transport-elsewhere.ts'
import { transportTwice } from './transport-twice.ts'
import { unprotected } from './transport-unprotected.ts'

/** The ways in that must stay shut. */
export const attacks: readonly Probe[] = [
  ...transportTwice,
  ...transportElsewhere,
  ...unprotected,
  ...size,
  ...structure,
  ...encoding,
  ...json,
  ...duplicates,
  ...algorithmNone,
  ...algorithmName,
  ...algorithmHmac,
  ...algorithmOthers,
  ...header,
  ...claimTypes,
  ...issuerAndAudience,
  ...times,
  ...application,
  ...keyHeader,
  ...keyId,
  ...signatureSigner,
  ...signatureInput,
  ...signatureChanged,
  ...signatureEncoding,
  ...order,
]
