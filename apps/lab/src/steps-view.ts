import { type Html, html } from '@signet/web'
import { CHECK_TEXTS } from './check-texts.ts'
import type { Attempt } from './laboratory.ts'
import type { Step } from './steps.ts'

/** The checks in their order, and how far the request came. */
export function stepsView({ steps, reason, agrees, answer }: Attempt): Html {
  return html`
    <section aria-labelledby="checks">
      <h2 id="checks">How far it came</h2>
      ${answer.status === 431 && html`<p>The parser of HTTP refused it, before there was anything to check.</p>`}
      <ol class="steps">${steps.map((step) => stepView(step, reason))}</ol>
      <p><small>The API never tells its callers which check it was. The lab knows because it puts the same request before the
        same middleware, with the same application registry and keys, in its own process as well.
        ${!agrees && html`<strong>This time the two do not agree: believe the API, and look for the reason.</strong>`}</small></p>
    </section>`
}

function stepView({ check, outcome }: Step, reason: string | undefined): Html {
  const stopped = outcome === 'stopped'
  return html`
    <li class="${outcome.replace(' ', '-')}"${stopped && html` aria-current="step"`}>
      <strong>${check}</strong>
      <span>${CHECK_TEXTS[check]}${stopped && reason && html`<br><small>The log says: ${reason}</small>`}</span>
      <em>${stopped ? 'stopped here' : outcome}</em>
    </li>`
}
