import { type Html, html } from '@signet/web'
import type { Anatomy, Part, Signature } from './anatomy.ts'
import { changedMembers } from './findings.ts'
import { difference, layOut, lexemesOf, markedText } from './text-diff.ts'

/** A forged token taken apart beside a good one. `now` in seconds. */
export function tokenView({ good, sent }: { good: Anatomy; sent: Anatomy }, now: number): Html {
  const guessed = sent.count !== 3
  return html`
    <section aria-labelledby="token">
      <h2 id="token">The token, taken apart</h2>
      <p>${countOf(sent)} When it was made, the time was ${now} (seconds since 1970).</p>
      ${partView('Header', good.header, sent.header, guessed)}
      ${partView('Claims', good.claims, sent.claims, guessed)}
      ${signatureView(good.signature, sent.signature)}
      <p><small>A signature never leaves the server: with it, anyone could be the lab for five minutes.</small></p>
    </section>`
}

function countOf({ count }: Anatomy): string {
  return count === 3
    ? 'It has three parts.'
    : `It has ${count === 1 ? 'one part' : `${count} parts`}, where a token has three. What follows is a guess at what they would be.`
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
        <pre><code>${sent?.text ? markedText(layOut(right)) : html`<i>${absence(sent)}</i>`}</code></pre>
      </figure>
    </div>`
}

function absence(part: Part | undefined): string {
  if (!part) return 'not there'
  return part.bytes === 0 ? 'empty' : `${part.bytes} bytes that are no text, and are not shown`
}

/** What is marked, in words: a mark alone says nothing to somebody who does not see it. */
function changesView(good: Part | undefined, sent: Part | undefined, guessed: boolean): Html {
  const changes = guessed ? [] : changedMembers(good?.text, sent?.text)
  const findings = sent?.findings ?? ['It is not there.']
  if (changes.length + findings.length === 0) return html`<p>${sameness(good, sent)}</p>`
  return html`
    <ul class="changes">
      ${changes.slice(0, 8).map(
        ({ name, is, was }) => html`
          <li><code>${name}</code> ${is === undefined ? 'is left out' : html`is <code>${short(is)}</code>`}${
            was !== undefined && is !== undefined && html`; in the good one it is <code>${short(was)}</code>`
          }${was === undefined && '; the good one has none'}.</li>`,
      )}
      ${changes.length > 8 && html`<li>And ${changes.length - 8} more.</li>`}
      ${findings.map((finding) => html`<li>${finding}</li>`)}
    </ul>`
}

function sameness(good: Part | undefined, sent: Part | undefined): string {
  if (good?.text === sent?.text) return 'As in a good token.'
  return changedMembers(good?.text, sent?.text).length === 0
    ? 'The same members, written in another way.'
    : 'Something else stands in this place.'
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
  if (!signature) return 'there is none.'
  if (signature.bytes === 0) return 'empty.'
  const { bytes, verifiedBy } = signature
  const whose = verifiedBy ? `the key of ${verifiedBy} verifies it` : 'no key here verifies it as RS512'
  return `${bytes === 1 ? 'one byte' : `${bytes.toLocaleString('en')} bytes`}, and ${whose}.`
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
