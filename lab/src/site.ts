import type { Site } from '@signet/web'

export const site: Site = {
  name: 'lab',
  purpose: 'break in, and see what stops you',
  stylesheet: '/assets/lab.css',
}
