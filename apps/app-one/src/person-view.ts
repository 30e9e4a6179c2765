import { html, type Page } from '@signet/web'
import type { User } from './api.ts'

export function personPage({ id, name, email }: User): Page {
  return {
    title: name,
    content: html`
      <nav class="back" aria-label="Back"><a href="/">All people</a></nav>
      <h1>${name}</h1>
      <dl>
        <dt>Email address</dt><dd><a href="mailto:${email}">${email}</a></dd>
        <dt>ID</dt><dd><code>${id}</code></dd>
      </dl>`,
  }
}
