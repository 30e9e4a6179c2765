import { writeSync } from 'node:fs'

/**
 * Standard output for log lines. `write` is synchronous, because buffered lines could be reordered or lost when the
 * process exits. An error of the output does not stop the service: a line that cannot be written (full disk, closed
 * terminal, pipe without a reader) is dropped and reported to `onLost`. Once lines can be written again, the text of
 * `describeLoss` is written first; it says how many lines were lost. If the reader of a pipe is slow, up to one
 * mebibyte is kept in memory.
 */
export function openLogOutput({ fd = 1, onLost = () => {}, describeLoss }: OutputOptions) {
  const waiting: Entry[] = []
  let size = 0
  /** Lines lost since the log last reported a number. */
  let lost = 0
  /** Whether the last line was written only in part, so that a line break must come before the next one. */
  let isCut = false
  let timer: NodeJS.Timeout | undefined

  function write(line: string): void {
    if (waiting.length === 0 && lost > 0) {
      add({ bytes: Buffer.from(describeLoss(lost)), lost, counted: true })
      lost = 0
    }
    if (size >= MAXIMUM_SIZE) lose({ lost: 1, counted: false })
    else add({ bytes: Buffer.from(line), lost: 1, counted: false })
    if (!timer) flush()
  }

  function add(entry: Entry): void {
    waiting.push(entry)
    size += entry.bytes.length
  }

  function flush(): void {
    timer = undefined
    try {
      for (let entry = waiting[0]; entry; entry = waiting[0]) writeAll(entry)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') timer = setTimeout(flush, RETRY).unref()
      else drop()
    }
  }

  /** `writeSync` may write only a part. */
  function writeAll(entry: Entry): void {
    if (isCut) writeSync(fd, '\n')
    isCut = false
    while (entry.bytes.length > 0) {
      const written = writeSync(fd, entry.bytes)
      entry.bytes = entry.bytes.subarray(written)
      entry.isBegun = true
      size -= written
    }
    waiting.shift()
  }

  function drop(): void {
    isCut ||= waiting[0]?.isBegun === true
    for (const entry of waiting.splice(0)) lose(entry)
    size = 0
  }

  function lose({ lost: lines, counted }: Pick<Entry, 'lost' | 'counted'>): void {
    lost += lines
    if (!counted) onLost(lines)
  }

  /** Writes the waiting lines before the process exits. Blocks for two seconds at most. */
  function end(): void {
    const limit = performance.now() + EXIT_LIMIT
    while (waiting.length > 0 && performance.now() < limit) {
      Atomics.wait(PAUSE, 0, 0, RETRY)
      flush()
    }
  }

  return { write, end }
}

type OutputOptions = {
  fd?: number
  /** Is called with the number of lines that were lost. */
  onLost?: ((lines: number) => void) | undefined
  /** Returns the line, with its line break, that says how many lines were lost. An empty text writes no line. */
  describeLoss: (lines: number) => string
}

/**
 * `lost`: the number of lost lines if this entry is dropped; an entry of `describeLoss` stands for several.
 * `counted`: whether `onLost` was already called for them.
 */
type Entry = { bytes: Buffer; lost: number; counted: boolean; isBegun?: boolean }

/** Bytes that are kept for a slow reader. */
const MAXIMUM_SIZE = 1024 * 1024
/** Milliseconds between two attempts to write to a pipe that was full. */
const RETRY = 20
/** Milliseconds for all attempts when the process exits. */
const EXIT_LIMIT = 2000

const PAUSE = new Int32Array(new SharedArrayBuffer(4))
