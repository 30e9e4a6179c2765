import { type Html, html } from '@signet/web'
import type { Anatomy, Part, Signature } from './anatomy.ts'
import { changedMembers } from './findings.ts'
import { difference, layOut, lexemesOf, markedText } from './text-diff.ts'

const MAX_CHANGES = 8

/** A forged token beside a good one, part by part. `now` in seconds since 1970. */
export function tokenView({ good, sent }: { good: Anatomy; sent: Anatomy }, now: number): Html {
  const guessed = sent.count !== 3
  return html`
    <section aria-labelledby="token">
      <h2 id="token">The token, part by part</h2>
      <p>${countText(sent)} It was made at ${now} (seconds since 1970).</p>
      ${partView('Header', good.header, sent.header, guessed)}
      ${partView('Claims', good.claims, sent.claims, guessed)}
      ${signatureView(good.signature, sent.signature)}
      <p><small>The lab never shows a signature: with it, anyone could use the token for five minutes.</small></p>
    </section>`
}

function countText({ count }: Anatomy): string {
  return count === 3
    ? 'It has three parts.'
    : `It has ${count === 1 ? 'one part' : `${count} parts`}, but a token has three. The lab can only guess which part is which.`
}

function partView(title: string, good: Part | undefined, sent: Part | undefined, guessed: boolean): Html {
  const [left, right] = difference(lexemesOf(good?.text ?? ''), lexemesOf(sent?.text ?? ''))
  return html`
    <h3>${title}</h3>
    ${changesView(good, sent, guessed)}
    <div class="beside">
      <figure>
        <figcaption>In a good token ${sizeOf(good)}</figcaption>
        <pre><code>${markedText(layOut(left))}</code></pre>
      </figure>
      <figure class="forged">
        <figcaption>In this one ${sizeOf(sent)}</figcaption>
        <pre><code>${sent?.text ? markedText(layOut(right)) : html`<i>${absenceText(sent)}</i>`}</code></pre>
      </figure>
    </div>`
}

function absenceText(part: Part | undefined): string {
  if (!part) return 'missing'
  return part.bytes === 0 ? 'empty' : `${part.bytes} bytes that are not text (not shown)`
}

/** The marked differences in words, for visitors who do not see the marks. */
function changesView(good: Part | undefined, sent: Part | undefined, guessed: boolean): Html {
  const changes = guessed ? [] : changedMembers(good?.text, sent?.text)
  const findings = sent?.findings ?? ['It is missing.']
  if (changes.length + findings.length === 0) return html`<p>${samenessText(good, sent)}</p>`
  return html`
    <ul class="changes">
      ${changes.slice(0, MAX_CHANGES).map(
        ({ name, is, was }) => html`
          <li><code>${name}</code> ${is === undefined ? 'is left out' : html`is <code>${short(is)}</code>`}${
            was !== undefined &&
            is !== undefined &&
            html`; in the good token it is <code>${short(was)}</code>`
          }${was === undefined && '; the good token does not have it'}.</li>`,
      )}
      ${changes.length > MAX_CHANGES && html`<li>And ${changes.length - MAX_CHANGES} more.</li>`}
      ${findings.map((finding) => html`<li>${finding}</li>`)}
    </ul>`
}

function samenessText(good: Part | undefined, sent: Part | undefined): string {
  if (good?.text === sent?.text) return 'The same as in a good token.'
  return changedMembers(good?.text, sent?.text).length === 0
    ? 'The same members, written differently.'
    : 'The content is different.'
}

function signatureView(good: Signature | undefined, sent: Signature | undefined): Html {
  return html`
    <h3>Signature</h3>
    ${sent && sent.findings.length > 0 && html`<ul class="changes">${sent.findings.map((finding) => html`<li>${finding}</li>`)}</ul>`}
    <div class="beside">
      <p>In a good token: ${signatureText(good)}</p>
      <p class="forged">In this one: ${signatureText(sent)}</p>
    </div>`
}

function signatureText(signature: Signature | undefined): string {
  if (!signature) return 'missing.'
  if (signature.bytes === 0) return 'empty.'
  const { bytes, verifiedBy } = signature
  const key = verifiedBy ? `the key of ${verifiedBy} verifies it` : 'no key of the lab verifies it as RS512'
  return `${bytes === 1 ? 'one byte' : `${bytes.toLocaleString('en')} bytes`}, and ${key}.`
}

function sizeOf(part: Part | undefined): Html | undefined {
  return (
    part &&
    html`<small>${part.characters.toLocaleString('en')} characters, ${part.bytes.toLocaleString('en')} bytes</small>`
  )
}

function short(text: string): string {
  const characters = [...text]
  return characters.length <= 90 ? text : `${characters.slice(0, 80).join('')}…`
}
