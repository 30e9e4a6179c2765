import { html } from '@signet/web'
import { expect, it } from 'vitest'
import { seal } from './seal.ts'

it('lets no page out that holds what could be a signature, and every other one', async () => {
  const page = (text: string) => ({ title: 'Title', content: html`<p>${text}</p>` })
  const good = page('‹512 characters›')

  await expect(seal(page('s'.repeat(342)))).rejects.toThrow('could be a signature')
  expect(await seal(good)).toBe(good)
})
