import type { Site } from '@signet/web'

export const site: Site = { name: 'app-one', purpose: 'the people directory' }
