import { expect, it } from 'vitest'
import { openCatalogue } from './catalogue.ts'
import { linkSources } from './probe-view.ts'

it.each([
  [
    'RFC 7515 §4.1.11: a rule',
    '<a href="https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11">RFC 7515 §4.1.11</a>: a rule',
  ],
  [
    'RFC 7515 §F: a rule',
    '<a href="https://www.rfc-editor.org/rfc/rfc7515#appendix-F">RFC 7515 §F</a>: a rule',
  ],
  [
    'see RFC 8725 §2.8.',
    'see <a href="https://www.rfc-editor.org/rfc/rfc8725#section-2.8">RFC 8725 §2.8</a>.',
  ],
  ['CVE-2022-39227: it', '<a href="https://www.cve.org/CVERecord?id=CVE-2022-39227">CVE-2022-39227</a>: it'],
  ['<b>', '&lt;b&gt;'],
])('links each source in %j', async (text, markup) => {
  expect(String(await linkSources(text))).toBe(markup)
})

it('finds a source in every rule of the catalogue', async () => {
  const rules = new Set(openCatalogue().entries.map(({ probe }) => probe.why))

  for (const rule of rules) expect(String(await linkSources(rule))).toContain('<a href="https://')
})
