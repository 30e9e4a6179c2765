import type { Group } from '@signet/attacks'
import { html, type Page } from '@signet/web'
import { byKind, type Catalogue } from './catalogue.ts'
import { entryList } from './entry-list.ts'
import { LESSONS } from './lessons.ts'

export function groupPage(catalogue: Catalogue, group: Group): Page {
  const { title, text } = LESSONS[group]
  const { attacks, accepted } = byKind(catalogue.ofGroup(group))
  return {
    title,
    content: html`
      <nav class="back" aria-label="Back"><a href="/">All attacks</a></nav>
      <h1>${title}</h1>
      <p class="lead">${text}</p>
      ${entryList('Must be refused', attacks)}
      ${entryList('Must be accepted', accepted)}`,
  }
}
