import { expect, it } from 'vitest'
import { requestText } from './request-text.ts'

it('is a line for the method and path, and one for each field, as often as it is sent', () => {
  expect(requestText({ path: '/whoami', headers: { 'x-token': ['one', 'two'], accept: '*/*' } })).toEqual([
    'GET /whoami',
    'x-token: one',
    'x-token: two',
    'accept: */*',
  ])
})

it('shows a body behind an empty line', () => {
  expect(requestText({ method: 'POST', path: '/', body: 'a=b' })).toEqual(['POST /', '', 'a=b'])
})

it('counts what is sent more than three times', () => {
  expect(requestText({ path: '/', headers: { a: 'x', b: Array(400).fill('y'), c: 'z' } })).toEqual([
    'GET /',
    'a: x',
    'b: y ‹400 times›',
    'c: z',
  ])
  expect(requestText({ path: '/', headers: { b: ['y', 'y', 'y'] } })).toHaveLength(4)
})

it('withholds what could be a signature in the path, a field and the body', () => {
  const secret = 's'.repeat(342)
  const lines = requestText({ path: `/?t=${secret}`, headers: { cookie: `t=${secret}` }, body: secret })

  expect(lines).toEqual(['GET /?t=‹342 characters›', 'cookie: t=‹342 characters›', '', '‹342 characters›'])
})

it('makes a tab seen', () => {
  expect(requestText({ path: '/', headers: { 'x-token': '\tt' } })).toContain('x-token: ␉t')
})
