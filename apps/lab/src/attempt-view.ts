import { isAttack } from '@signet/attacks'
import { type Html, html, type Page } from '@signet/web'
import type { Catalogue } from './catalogue.ts'
import type { Answer, Attempt } from './laboratory.ts'
import { cited, expectation, heading, neighbourLinks, sendForm, wayBack } from './probe-view.ts'
import type { Step } from './steps.ts'
import { CHECK_TEXTS } from './steps.ts'
import { difference, type LaidOut, lexemesOf, markedText, type Piece } from './text-diff.ts'
import { tokenView } from './token-view.ts'

/** One attack after it was tried: the verdict, the answer, the checks, and what was sent, taken apart. */
export function attemptPage(catalogue: Catalogue, attempt: Attempt): Page {
  const { entry, answer } = attempt
  return {
    title: `${answer.status} ${answer.code ?? ''} · ${entry.probe.name}`,
    content: html`
      ${wayBack(entry)}
      ${heading(entry)}
      <p class="lead">${cited(entry.probe.why)}.</p>
      ${verdictView(attempt)}
      ${stepsView(attempt)}
      ${attempt.token && tokenView(attempt.token, attempt.now)}
      ${requestView(attempt)}
      ${answerView(answer)}
      ${neighbourLinks(catalogue, entry)}`,
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
            ? html`, and that is not as it should be: ${fault}. Expected was ${expectation(entry.probe.expect)}.`
            : ', as it should.'
        }
          ${!fault && !isAttack(entry.probe) && 'Refusing everything would be no defence.'}</p>
      </div>
      ${sendForm(entry, 'Send it again')}
    </section>`
}

function verdictOf({ steps, answer, entry }: Attempt): string {
  if (answer.status < 400) return isAttack(entry.probe) ? 'It got in' : 'Let in'
  const stopped = steps.find(({ outcome }) => outcome === 'stopped')
  if (stopped) return `Stopped at “${stopped.check}”`
  return answer.status === 431 ? 'Stopped before the first check' : 'Refused'
}

/** The checks in their order, and how far the request came. */
function stepsView({ steps, reason, agrees, answer }: Attempt): Html {
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

/** The request beside a good one, line by line. */
function requestView({ request, primed, token }: Attempt): Html {
  const [good, sent] = difference(piecesOf(request.good), piecesOf(request.sent))
  return html`
    <section aria-labelledby="request">
      <h2 id="request">The request, as it was sent</h2>
      ${!token && html`<p>Where there is a token in it, that is a good one. What is tried lies in the way it travels.</p>`}
      ${primed && html`<p>A good token of the same claims went first: what is remembered of one must not count for another.</p>`}
      <div class="beside">
        <figure>
          <figcaption>A good one</figcaption>
          <pre><code>${markedText(good.map(lineBreakLaidOut))}</code></pre>
        </figure>
        <figure class="forged">
          <figcaption>This one</figcaption>
          <pre><code>${markedText(sent.map(lineBreakLaidOut))}</code></pre>
        </figure>
      </div>
      <p><small>In place of each long row of letters stands how many there are.</small></p>
    </section>`
}

function piecesOf(lines: readonly string[]): string[] {
  return lexemesOf(lines.join('\n'))
}

/** The lines are readable already, so that a line break in them is one between two of them. */
function lineBreakLaidOut(piece: Piece): LaidOut {
  return piece.text === '\n' ? { text: '', differs: false, layout: '\n' } : piece
}

/** What the API answered, as it stands. */
function answerView({ status, code, requestId, milliseconds, body }: Answer): Html {
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
