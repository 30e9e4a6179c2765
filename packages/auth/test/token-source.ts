import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, vi } from 'vitest'
import { createClock, keyPair } from '../src/testing.ts'
import { type Notice, openTokenSource } from '../src/token-source.ts'

export const AUDIENCE = 'https://api.test:3000'
export const START = Date.parse('2026-01-31T12:00:00Z')
export let folder: string
/** The private key of `id-1`, a new file for each test. */
export let file: string

/** Each test of the file that calls this gets a folder with the private key of `id-1`. */
export function makeKeyFiles(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'signet-token-source-'))
    file = join(folder, 'id-1_private.pem')
    write(keyPair('one').privatePem)
    return () => rmSync(folder, { recursive: true })
  })
}

/** By a rename, so that the file is another one however fast the test is. */
export function write(text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

export function open(options: { lifetime?: number } = {}) {
  const clock = createClock(START)
  const onNotice = vi.fn<(notice: Notice) => void>()
  const tokens = openTokenSource({ file, audience: AUDIENCE, now: clock.now, onNotice, ...options })
  const issue = () => tokens.issue().issued
  return { clock, onNotice, tokens, issue }
}
