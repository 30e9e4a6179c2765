import { Writable } from 'node:stream'
import { createLog } from '@signet/service'
import { expect, it } from 'vitest'
import { logNotices } from './client.ts'

function lineOf(notice: Parameters<ReturnType<typeof logNotices>>[0]) {
  let line = ''
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      line += chunk
      done()
    },
  })
  logNotices(createLog({ name: 'test', level: 'info', destination }))(notice)
  return JSON.parse(line)
}

it('logs by how many milliseconds the clocks differ, and whether that is corrected', () => {
  expect(lineOf({ kind: 'clock_difference', milliseconds: -7000, corrected: true })).toMatchObject({
    level: 'warn',
    milliseconds: -7000,
    msg: 'the clock of the API differs, and the difference is corrected',
  })
  expect(lineOf({ kind: 'clock_difference', milliseconds: 9e6, corrected: false })).toMatchObject({
    msg: 'the clock of the API differs, and the difference is not corrected: it is too large, or other answers contradict it',
  })
})

it('logs why a key cannot be used', () => {
  const line = lineOf({ kind: 'key_unusable', fault: new Error('x_private.pem: is empty') })
  expect(line).toMatchObject({
    level: 'error',
    err: { stack: expect.stringContaining('x_private.pem: is empty') },
  })
})
