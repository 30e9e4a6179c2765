import { writeSync } from 'node:fs'

/**
 * Standard output for log lines. A line is written when `write` returns: lines that wait for their turn come in another
 * order, or not at all, when the process exits. A service outlives its log: a line that cannot be written (a full disk, a
 * closed terminal, a reader that has gone) is dropped and counted by `onLost`, and the first line that can be written
 * again follows what `describeLoss` says of the number. Where the reader of a pipe is slow, up to a mebibyte waits.
 */
export function openLogOutput({ fd = 1, onLost = () => {}, describeLoss }: OutputOptions) {
  const waiting: Entry[] = []
  let size = 0
  /** Lines lost since the log last told it. */
  let lost = 0
  /** Whether the last line was cut off, so that the next one has to begin with a line break. */
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

  /** The file may take a part only. */
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

  /** Waits until what waits is written, for two seconds at most: the process exits. */
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
  /** Is called with the number of lines that are lost. */
  onLost?: ((lines: number) => void) | undefined
  /** The line, with its line break, that tells how many lines were lost; empty for none. */
  describeLoss: (lines: number) => string
}

/** `lost`: how many lines are lost with this one, which may tell of others. `counted`: whether they were counted. */
type Entry = { bytes: Buffer; lost: number; counted: boolean; isBegun?: boolean }

/** Bytes that may wait for a slow reader. */
const MAXIMUM_SIZE = 1024 * 1024
/** Milliseconds between two looks at a pipe that was full, and for all of them when the process exits. */
const RETRY = 20
const EXIT_LIMIT = 2000

const PAUSE = new Int32Array(new SharedArrayBuffer(4))
