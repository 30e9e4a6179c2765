import { type Html, html } from '@signet/web'
import type { Answer } from './laboratory.ts'

/** What the API answered, as it stands. */
export function answerView({ status, code, requestId, milliseconds, body }: Answer): Html {
  return html`
    <section aria-labelledby="answer">
      <h2 id="answer">The answer of the API</h2>
      <dl>
        <dt>Status</dt><dd><code>${status}</code></dd>
        <dt>Code</dt><dd>${code ? html`<code>${code}</code>` : 'none'}</dd>
        <dt>Request ID</dt><dd>${requestId ? html`<code>${requestId}</code>` : 'not told'}</dd>
        <dt>Took</dt><dd>${milliseconds} ms, the handshake included</dd>
      </dl>
      ${body ? html`<pre><code>${body}</code></pre>` : html`<p>It had no content.</p>`}
    </section>`
}
