import { type Html, html } from '@signet/web'

/** A text in which each RFC with its section, and each CVE, is a link to where it can be read. */
export function cited(text: string): Html {
  const pieces = text.split(/(RFC \d+ §[\dA-F][\d.]*(?<!\.)|CVE-\d{4}-\d+)/)
  return html`${pieces.map((piece, place) => (place % 2 ? html`<a href="${addressOf(piece)}">${piece}</a>` : piece))}`
}

function addressOf(source: string): string {
  if (source.startsWith('CVE')) return `https://www.cve.org/CVERecord?id=${source}`
  const [, number, section = ''] = /^RFC (\d+) §(.+)$/.exec(source) ?? []
  const kind = /^[A-F]/.test(section) ? 'appendix' : 'section'
  return `https://www.rfc-editor.org/rfc/rfc${number}#${kind}-${section}`
}
