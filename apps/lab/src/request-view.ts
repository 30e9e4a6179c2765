import { type Html, html } from '@signet/web'
import { difference, type Piece } from './difference.ts'
import type { Attempt } from './laboratory.ts'
import { lexemesOf } from './lexemes.ts'
import { type LaidOut, markedText } from './marked-text.ts'

/** The request beside a good one, line by line. */
export function requestView({ request, primed, token }: Attempt): Html {
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
