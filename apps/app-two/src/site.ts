import type { Site } from '@signet/web'

export const site: Site = { name: 'app-two', purpose: 'the order desk' }
