import { isAttack } from '@signet/attacks'
import { type Html, html, type Page } from '@signet/web'
import type { Catalogue } from './catalogue.ts'
import type { Answer, Attempt } from './laboratory.ts'
import { adjacentLinks, backLink, expectedAnswer, heading, linkSources, sendForm } from './probe-view.ts'
import { CHECK_TEXTS, type Step } from './steps.ts'
import { difference, type LaidOut, lexemesOf, markedText, type Piece } from './text-diff.ts'
import { tokenView } from './token-view.ts'

/** One attack after it was sent: the verdict, the checks, the token, the request and the answer. */
export function attemptPage(catalogue: Catalogue, attempt: Attempt): Page {
  const { entry, answer } = attempt
  return {
    title: `${answer.status} ${answer.code ?? ''} · ${entry.probe.name}`,
    content: html`
      ${backLink(entry)}
      ${heading(entry)}
      <p class="lead">${linkSources(entry.probe.why)}.</p>
      ${verdictView(attempt)}
      ${stepsView(attempt)}
      ${attempt.token && tokenView(attempt.token, attempt.now)}
      ${requestView(attempt)}
      ${answerView(answer)}
      ${adjacentLinks(catalogue, entry)}`,
  }
}

function verdictView(attempt: Attempt): Html {
  const { answer, fault, entry } = attempt
  return html`
    <section class="verdict ${fault ? 'wrong' : 'right'}" aria-labelledby="verdict">
      <div>
        <h2 id="verdict">${verdictOf(attempt)}</h2>
        <p>The API answered <code>${answer.status}${answer.code && ` ${answer.code}`}</code>${
          fault
            ? html`. This is wrong: ${fault}. The expected answer is ${expectedAnswer(entry.probe.expect)}.`
            : ', which is correct.'
        }
          ${!fault && !isAttack(entry.probe) && 'An API that refused every request would be useless.'}</p>
      </div>
      ${sendForm(entry, 'Send it again')}
    </section>`
}

function verdictOf({ steps, answer, entry }: Attempt): string {
  if (answer.status < 400) return isAttack(entry.probe) ? 'The attack was accepted' : 'Accepted'
  const stopped = steps.find(({ outcome }) => outcome === 'stopped')
  if (stopped) return `Stopped at “${stopped.check}”`
  return answer.status === 431 ? 'Stopped before the first check' : 'Refused'
}

/** The checks in their order, and which of them the request passed. */
function stepsView({ steps, reason, agrees, answer }: Attempt): Html {
  return html`
    <section aria-labelledby="checks">
      <h2 id="checks">The checks it passed</h2>
      ${answer.status === 431 && html`<p>The HTTP parser refused the request before the first check.</p>`}
      <ol class="steps">${steps.map((step) => stepView(step, reason))}</ol>
      <p><small>The API never tells its callers which check refused a request. The lab knows it because it also passes the same
        request to the same middleware in its own process, with the same application registry and keys.
        ${!agrees && html`<strong>This time, the two answers do not agree. The answer of the API is the one that counts.</strong>`}</small></p>
    </section>`
}

function stepView({ check, outcome }: Step, reason: string | undefined): Html {
  const stopped = outcome === 'stopped'
  return html`
    <li class="${outcome.replace(' ', '-')}"${stopped && html` aria-current="step"`}>
      <strong>${check}</strong>
      <span>${CHECK_TEXTS[check]}${stopped && reason && html`<br><small>The reason in the log: ${reason}</small>`}</span>
      <em>${stopped ? 'stopped here' : outcome}</em>
    </li>`
}

/** The request beside a good one, line by line. */
function requestView({ request, primed, token }: Attempt): Html {
  const [good, sent] = difference(piecesOf(request.good), piecesOf(request.sent))
  return html`
    <section aria-labelledby="request">
      <h2 id="request">The request, as it was sent</h2>
      ${!token && html`<p>This attack is in the request, not in the token. A token in it is a good one.</p>`}
      ${primed && html`<p>A good token with the same claims was sent first. An API that remembers it must not take this token for it.</p>`}
      <div class="beside">
        <figure>
          <figcaption>A good request</figcaption>
          <pre><code>${markedText(good.map(layOutLineBreak))}</code></pre>
        </figure>
        <figure class="forged">
          <figcaption>This request</figcaption>
          <pre><code>${markedText(sent.map(layOutLineBreak))}</code></pre>
        </figure>
      </div>
      <p><small>Each long run of characters is replaced by its length.</small></p>
    </section>`
}

function piecesOf(lines: readonly string[]): string[] {
  return lexemesOf(lines.join('\n'))
}

/** A line break inside a line is a readable character already. So a piece that is a line break separates two lines. */
function layOutLineBreak(piece: Piece): LaidOut {
  return piece.text === '\n' ? { text: '', differs: false, layout: '\n' } : piece
}

function answerView({ status, code, requestId, milliseconds, body }: Answer): Html {
  return html`
    <section aria-labelledby="answer">
      <h2 id="answer">The answer of the API</h2>
      <dl>
        <dt>Status</dt><dd><code>${status}</code></dd>
        <dt>Code</dt><dd>${code ? html`<code>${code}</code>` : 'none'}</dd>
        <dt>Request ID</dt><dd>${requestId ? html`<code>${requestId}</code>` : 'unknown'}</dd>
        <dt>Time</dt><dd>${milliseconds} ms, including the TLS handshake</dd>
      </dl>
      ${body ? html`<pre><code>${body}</code></pre>` : html`<p>The answer has no content.</p>`}
    </section>`
}
