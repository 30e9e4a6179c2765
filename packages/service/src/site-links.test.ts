import { expect, it } from 'vitest'
import { z } from 'zod'
import { readConfig } from './config.ts'
import { siteLinks } from './site-links.ts'

const read = (text?: string) =>
  readConfig(z.object({ SITE_LINKS: siteLinks }), text === undefined ? {} : { SITE_LINKS: text }).SITE_LINKS

it('are names with addresses, in the order in which they are given', () => {
  expect(read('app-one=http://localhost:3001, API reference = https://localhost:3000/docs?a=b')).toEqual([
    { name: 'app-one', url: 'http://localhost:3001' },
    { name: 'API reference', url: 'https://localhost:3000/docs?a=b' },
  ])
})

it('are none by default', () => {
  expect([read(), read('')]).toEqual([[], []])
})

it.each([
  'http://localhost:3001',
  'app-one',
  'app-one=',
  '=http://localhost:3001',
  'app-one=localhost',
  'app-one=/people',
  '<b>=http://localhost:3001',
  'app-one=http://localhost:3001,',
])('%s is refused: a name or an address is missing', (text) => {
  expect(() => read(text)).toThrow(/^SITE_LINKS must be names with their addresses, such as app-one=http/)
})

it.each(['javascript:alert(1)', 'data:text/html,lab', 'ftp://localhost', 'https://me:secret@localhost'])(
  '%s is refused as an address, since every page links to it',
  (url) => {
    expect(() => read(`lab=${url}`)).toThrow('SITE_LINKS must')
  },
)
