import { html, type Site } from '@signet/web'

export const site: Site = {
  name: 'lab',
  purpose: 'attack the API, and see which check stops you',
  stylesheet: '/assets/lab.css',
  footer: html`The lab is an application with its own key pair, like app-one and app-two. Each click makes new tokens, and the
        API that the lab has started checks them.`,
}
