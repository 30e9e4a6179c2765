import {
  type BigIntStats,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { pollFile } from './polled-file.ts'
import { createClock } from './testing.ts'

let folder: string
let file: string
const clock = createClock()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-polled-'))
  file = join(folder, 'file')
  writeFileSync(file, 'one')
  return () => rmSync(folder, { recursive: true })
})

function open() {
  const load = vi.fn((path: string) => {
    const text = readFileSync(path, 'utf8')
    if (text === 'bad') throw new Error('bad text')
    return text
  })
  const recover = vi.fn((error: NodeJS.ErrnoException, last: string | undefined) => `${error.code} ${last}`)
  return { load, recover, read: pollFile({ file, load, recover, now: clock.now }) }
}

describe('a polled file', () => {
  it('is not read before the first call', () => {
    const { load } = open()

    expect(load).not.toHaveBeenCalled()
  })

  it('is looked at once within a second', () => {
    const { read } = open()
    read()
    writeFileSync(file, 'two!')
    clock.advance(999)

    expect(read()).toBe('one')
  })

  it('is looked at again when a second has passed', () => {
    const { read } = open()
    read()
    writeFileSync(file, 'two!')
    clock.advance(1000)

    expect(read()).toBe('two!')
  })

  it('counts the second from the last look, not from the first', () => {
    const { read } = open()
    read()
    clock.advance(1000)
    read()
    writeFileSync(file, 'two!')
    clock.advance(999)

    expect(read()).toBe('one')
  })

  it('is looked at again when the clock was set back', () => {
    const { read } = open()
    read()
    writeFileSync(file, 'two!')
    clock.advance(-1)

    expect(read()).toBe('two!')
  })

  it('is looked at once on demand', () => {
    const { read } = open()
    read()
    writeFileSync(file, 'two!')

    expect(read(true)).toBe('two!')
  })

  it('is not loaded again while it stays the same', () => {
    const { read, load } = open()
    read()
    clock.advance(1000)
    read()

    expect(load).toHaveBeenCalledOnce()
    expect(load).toHaveBeenCalledWith(file)
  })

  it.each([
    ['size', () => writeFileSync(file, 'longer')],
    [
      'text, but with its old time and size',
      () => {
        const { ctimeNs } = statSync(file, { bigint: true })
        writeFileSync(file, 'two')
        // Some file systems keep time in steps of a few milliseconds.
        do utimesSync(file, 1, 1)
        while (statSync(file, { bigint: true }).ctimeNs === ctimeNs)
      },
    ],
    [
      'inode, since it was replaced by a rename',
      () => {
        writeFileSync(`${file}.new`, 'two')
        utimesSync(`${file}.new`, 1, 1)
        renameSync(`${file}.new`, file)
      },
    ],
  ])('is loaded again when it has another %s', (_, change) => {
    utimesSync(file, 1, 1)
    const { read, load } = open()
    read()
    change()
    clock.advance(1000)
    read()

    expect(load).toHaveBeenCalledTimes(2)
  })

  it('is loaded again when a link leads to another file', () => {
    writeFileSync(join(folder, 'other'), 'two')
    const link = join(folder, 'link')
    symlinkSync(file, link)
    file = link
    const { read } = open()
    read()
    symlinkSync(join(folder, 'other'), `${link}.new`)
    renameSync(`${link}.new`, link)
    clock.advance(1000)

    expect(read()).toBe('two')
  })

  it('gets its content from `recover`, which is called with the error and the last content, when it is gone', () => {
    const { read } = open()
    read()
    renameSync(file, `${file}.away`)
    clock.advance(1000)

    expect(read()).toBe('ENOENT one')
  })

  it('keeps the content from `recover` for a second, too', () => {
    const { read, recover } = open()
    renameSync(file, `${file}.away`)
    read()
    clock.advance(999)

    expect(read()).toBe('ENOENT undefined')
    expect(recover).toHaveBeenCalledOnce()
  })

  it('throws what `recover` throws, and calls it again at the next call', () => {
    const { read, recover } = open()
    recover.mockImplementation((error) => {
      throw error
    })
    renameSync(file, `${file}.away`)

    expect(() => read()).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(() => read()).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })

  it('is loaded again after a load that failed, even if it did not change', () => {
    writeFileSync(file, 'bad')
    const { read, load } = open()
    read()
    load.mockReturnValue('repaired elsewhere')
    clock.advance(1000)

    expect(read()).toBe('repaired elsewhere')
  })

  it('is loaded again when the same file comes back', () => {
    const away = `${folder}.away`
    const { read } = open()
    read()
    renameSync(folder, away)
    clock.advance(1000)
    read()
    renameSync(away, folder)
    clock.advance(1000)

    expect(read()).toBe('one')
  })

  describe('on a file system that keeps whole seconds', () => {
    /** Everything but the text stays the same, as within one step of such a file system. */
    function openCoarse() {
      const stats = { ...statSync(file, { bigint: true }), ctimeNs: 1_000_000_000n, mtimeNs: 1_000_000_000n }
      const load = vi.fn((path: string) => readFileSync(path, 'utf8'))
      const stat = () => stats as BigIntStats
      return { load, read: pollFile({ file, load, recover: String, now: clock.now, stat }) }
    }

    it('sees an edit of equal length within the same step', () => {
      const { read } = openCoarse()
      read()
      writeFileSync(file, 'two')
      clock.advance(1000)
      expect(read()).toBe('two')
      writeFileSync(file, 'six')
      clock.advance(1000)

      expect(read()).toBe('six')
    })

    it('is not loaded again once it was the same for longer than a step', () => {
      const { read, load } = openCoarse()
      read()
      clock.advance(2001)
      read()
      clock.advance(1000)
      read()
      clock.advance(1000)
      read()

      expect(load).toHaveBeenCalledTimes(2)
    })

    it('is loaded again after exactly one step', () => {
      const { read, load } = openCoarse()
      read()
      clock.advance(2000)
      read()
      clock.advance(1000)
      read()

      expect(load).toHaveBeenCalledTimes(3)
    })

    it('is loaded again when the clock was set back meanwhile', () => {
      const { read, load } = openCoarse()
      read()
      clock.advance(-5000)
      read()
      clock.advance(1000)
      read()

      expect(load).toHaveBeenCalledTimes(3)
    })
  })

  it("uses the system's clock by default", () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const read = pollFile({ file, load: (path) => readFileSync(path, 'utf8'), recover: String })
    read()
    writeFileSync(file, 'two!')
    vi.setSystemTime(Date.now() + 1000)

    expect(read()).toBe('two!')
  })
})
