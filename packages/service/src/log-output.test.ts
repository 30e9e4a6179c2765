import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WITHIN } from '@signet/testing/wait'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openLogOutput } from './log-output.ts'

/** Larger than the buffer of a pipe. */
const LONG = 'x'.repeat(200_000)

test('the first line is written at once, and those that follow it soon are written together', async () => {
  const { output, read } = openPipe()

  output.write('one\n')
  expect(read()).toBe('one\n')

  output.write('two\n')
  output.write('three\n')
  expect(read()).toBe('')
  expect(await readWithin(read)).toBe('two\nthree\n')
})

test('a line that comes after a quiet time is written at once', async () => {
  const { output, read } = openPipe()
  output.write('one\n')
  output.write('two\n')
  read()
  await readWithin(read)
  await vi.waitUntil(() => {
    output.write('three\n')
    return read() !== ''
  }, WITHIN)
})

test('64 KiB of lines do not wait', () => {
  const { output, read } = openPipe()
  const line = `${'x'.repeat(16 * 1024 - 1)}\n`
  output.write('one\n')
  read()

  for (let count = 0; count < 3; count++) output.write(line)
  expect(read()).toBe('')
  output.write(line)
  expect(read()).toHaveLength(64 * 1024)
})

test('at the end of the process, the lines that wait are written', () => {
  const { output, read } = openPipe()
  output.write('one\n')
  output.write('two\n')

  output.end()

  expect(read()).toBe('one\ntwo\n')
})

test('lost lines are counted, and one line reports their number before the next line', () => {
  const { output, read, leave, come, onLost } = openPipe()
  leave()
  output.write('lost\n')
  output.write('lost, too\n')
  expect(onLost.mock.calls).toEqual([[1], [1]])

  come()
  output.write('two\n')
  output.write('three\n')

  output.end()
  expect(read()).toBe('2 lost\ntwo\nthree\n')
  expect(onLost).toHaveBeenCalledTimes(2)
})

test('a report that could not be written is written later, with an updated number', async () => {
  const { output, read, leave, come, onLost } = openPipe()
  for (let count = 0; count < 5; count++) output.write(LONG)
  leave()
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledTimes(5), WITHIN)
  come()
  // The pipe is still full.
  output.write('two\n')
  leave()
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledTimes(6), WITHIN)

  come()
  read()
  output.write('three\n')
  expect(read()).toBe('\n6 lost\nthree\n')

  // Lost lines no longer count towards the limit of waiting lines.
  for (let count = 0; count < 5; count++) output.write(LONG)
  expect(onLost.mock.calls).toEqual(Array(6).fill([1]))
})

test('a line break ends a line that was written in part, before the next line', async () => {
  const { output, read, leave, come, onLost } = openPipe()
  output.write(LONG)
  leave()
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce(), WITHIN)

  come()
  const begun = read()
  output.write('two\n')

  expect(LONG).toContain(begun)
  expect(read()).toBe('\n1 lost\ntwo\n')
})

test('a slow reader gets every line in order, and writing does not block', async () => {
  const { output, read, onLost } = openPipe()
  const lines = Array.from({ length: 100 }, (_, index) => `${index} ${'y'.repeat(5_000)}\n`)
  for (const line of lines) output.write(line)
  let received = ''

  await vi.waitFor(() => {
    received += read()
    expect(received).toHaveLength(lines.join('').length)
  }, WITHIN)

  expect(received).toBe(lines.join(''))
  expect(onLost).not.toHaveBeenCalled()
})

test('for a reader that reads nothing, lines are kept up to a limit; more are lost and reported', async () => {
  const { output, read, onLost } = openPipe()
  const line = `${'z'.repeat(99_999)}\n`
  for (let count = 0; count < 20; count++) output.write(line)
  const lost = onLost.mock.calls.length
  expect(lost).toBeOneOf([7, 8, 9])
  let received = ''
  await vi.waitFor(() => {
    received += read()
    expect(received).toHaveLength((20 - lost) * line.length)
  }, WITHIN)

  output.write('next\n')
  output.end()

  expect(read()).toBe(`${lost} lost\nnext\n`)
})

/** An output into a real pipe. Its reader can close and open the pipe, and reads only when `read` is called. */
function openPipe() {
  const folder = mkdtempSync(join(tmpdir(), 'signet-log-'))
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const open = (mode: number) => openSync(pipe, mode | constants.O_NONBLOCK)
  let reader: number | undefined = open(constants.O_RDONLY)
  const fd = open(constants.O_WRONLY)
  onTestFinished(() => {
    if (reader !== undefined) closeSync(reader)
    closeSync(fd)
    rmSync(folder, { recursive: true })
  })
  const onLost = vi.fn<(lines: number) => void>()
  const output = openLogOutput({ fd, onLost, describeLoss: (lost) => `${lost} lost\n` })

  return {
    output,
    onLost,
    leave() {
      if (reader !== undefined) closeSync(reader)
      reader = undefined
    },
    come() {
      reader = open(constants.O_RDONLY)
    },
    read: () => readAll(reader as number),
  }
}

/** What can be read once anything can be. */
async function readWithin(read: () => string): Promise<string> {
  return await vi.waitUntil(read, WITHIN)
}

function readAll(fd: number): string {
  const buffer = Buffer.alloc(65_536)
  let text = ''
  try {
    for (let size = readSync(fd, buffer); size > 0; size = readSync(fd, buffer))
      text += buffer.toString('utf8', 0, size)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
  }
  return text
}
