import { html, type Site } from '@signet/web'

export const site: Site = {
  name: 'lab',
  purpose: 'break in, and see what stops you',
  stylesheet: '/assets/lab.css',
  footer: html`The lab is an application like the others, with a key pair of its own. Each press of the button makes new
        tokens, and the API of this system checks them.`,
}
