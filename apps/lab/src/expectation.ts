import type { Probe } from '@signet/attacks'
import { type Html, html } from '@signet/web'

/** The status and the code that must come; where the contract leaves the code open, each that may. */
export function expectation({ status, code = [] }: Probe['expect']): Html {
  const codes = [code].flat()
  return html`<code>${status}${codes.length > 0 && ` ${codes.join(' or ')}`}</code>`
}
