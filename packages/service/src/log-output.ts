import { writeSync, writevSync } from 'node:fs'

/**
 * Standard output for log lines. A line is written at once if none was written in the last tenth of a second; further
 * ones wait for the end of that time and are written together, because a system call for each line is the largest part
 * of what a line costs. `end` writes what waits: it must be called when the process exits. So SIGKILL, and nothing
 * else, loses lines: those of the last tenth of a second, 64 KiB at most.
 *
 * Writing is synchronous, so that lines keep their order. An error of the output does not stop the service: a line that
 * cannot be written (full disk, closed terminal, pipe without a reader) is dropped and reported to `onLost`. Once lines
 * can be written again, the text of `describeLoss` is written first; it says how many lines were lost. If the reader of
 * a pipe is slow, up to one mebibyte is kept in memory.
 */
export function openLogOutput({ fd = 1, onLost = () => {}, describeLoss }: OutputOptions) {
  const waiting: Entry[] = []
  let size = 0
  /** Lines lost since the log last reported a number. */
  let lost = 0
  /** Whether the last line was written only in part, so that a line break must come before the next one. */
  let isCut = false
  /** Whether the reader of a pipe is slow, so that another attempt must wait for the timer. */
  let isBlocked = false
  let timer: NodeJS.Timeout | undefined

  function write(line: string): void {
    if (waiting.length === 0 && lost > 0) {
      add({ bytes: Buffer.from(describeLoss(lost)), lost, counted: true })
      lost = 0
    }
    if (size >= MAXIMUM_SIZE) lose({ lost: 1, counted: false })
    else add({ bytes: Buffer.from(line), lost: 1, counted: false })
    if (!timer || (size >= FULL && !isBlocked)) flush()
  }

  function add(entry: Entry): void {
    waiting.push(entry)
    size += entry.bytes.length
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    isBlocked = false
    if (waiting.length === 0) return
    try {
      while (waiting.length > 0) writeWaiting()
      timer = setTimeout(flush, PERIOD).unref()
    } catch (error) {
      isBlocked = (error as NodeJS.ErrnoException).code === 'EAGAIN'
      if (isBlocked) timer = setTimeout(flush, RETRY).unref()
      else drop()
    }
  }

  /** `writevSync` may write only a part. */
  function writeWaiting(): void {
    if (isCut) writeSync(fd, '\n')
    isCut = false
    let written = writevSync(
      fd,
      waiting.map(({ bytes }) => bytes),
    )
    size -= written
    for (let entry = waiting[0]; entry && written >= entry.bytes.length; entry = waiting[0]) {
      written -= entry.bytes.length
      waiting.shift()
    }
    const [cut] = waiting
    if (cut && written > 0) Object.assign(cut, { bytes: cut.bytes.subarray(written), isBegun: true })
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
    flush()
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

/** Milliseconds between two writes. */
const PERIOD = 100
/** Bytes that are written before the end of the period. */
const FULL = 64 * 1024
/** Bytes that are kept for a slow reader. */
const MAXIMUM_SIZE = 1024 * 1024
/** Milliseconds between two attempts to write to a pipe that was full. */
const RETRY = 20
/** Milliseconds for all attempts when the process exits. */
const EXIT_LIMIT = 2000

const PAUSE = new Int32Array(new SharedArrayBuffer(4))
