import { expect, it } from 'vitest'
import { type LaidOut, markedText } from './marked-text.ts'

const markup = async (...pieces: LaidOut[]) => String(await markedText(pieces))

it('marks what differs, adjacent as one, and escapes all', async () => {
  expect(
    await markup({ text: '<', differs: false }, { text: 'a', differs: true }, { text: '>', differs: true }),
  ).toBe('&lt;<mark>a&gt;</mark>')
})

it('sets layout outside of marks, and only what is in the text is made readable', async () => {
  expect(await markup({ text: 'a\n', differs: true }, { text: 'b', differs: true, layout: '\n  ' })).toBe(
    '<mark>a␊</mark>\n  <mark>b</mark>',
  )
})

it('shows the ends of what is too long, without cutting a character in two', async () => {
  expect(await markup({ text: '🔑'.repeat(2000), differs: true })).toBe(
    `<mark>${'🔑'.repeat(120)} ‹1,840 characters more› ${'🔑'.repeat(40)}</mark>`,
  )
})
