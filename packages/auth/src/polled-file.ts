import { type BigIntStats, statSync } from 'node:fs'

/** Milliseconds between two looks at a file. */
const INTERVAL = 1000
/** Milliseconds: the coarsest resolution of file times in a file system (FAT). */
const COARSEST_STEP = 2000

/**
 * Returns a function that gives the parsed content of a file. The content is kept. When the function is called, and at most
 * once a second, one `stat` tells whether to load it again. Nothing is watched: watching fails on mounted and linked secrets.
 *
 * `load` reads the file. When it or the `stat` throws, `recover` gets the error and the last content, and returns the next
 * content (or throws). Call the function with `true` to look at the file at once.
 *
 * Where file times are whole seconds, a second edit of the same length within one step cannot be seen. So such a file is
 * loaded again at each look until it has been unchanged for longer than a step.
 */
export function pollFile<T>(options: PolledFile<T>): (atOnce?: boolean) => T {
  const { file, load, recover, now = Date.now, stat = (path) => statSync(path, { bigint: true }) } = options
  let lookedAt = Number.NEGATIVE_INFINITY
  let seen: string | undefined
  let seenSince = 0
  let isSettled: boolean | undefined
  let answer: T | undefined
  return function read(atOnce = false) {
    const age = now() - lookedAt
    // A clock that was set back must not keep a revoked key in use. So a negative age is a reason to look, too.
    if (!atOnce && age >= 0 && age < INTERVAL) return answer as T
    try {
      const stats = stat(file)
      const found = identityOf(stats)
      if (found !== seen) seenSince = now()
      if (found !== seen || !isSettled) answer = load(file)
      seen = found
      // Times with a fraction of a second have a finer step.
      isSettled = stats.ctimeNs % 1_000_000_000n !== 0n || now() - seenSince > COARSEST_STEP
    } catch (error) {
      seen = undefined
      answer = recover(error as NodeJS.ErrnoException, answer)
    }
    lookedAt = now()
    return answer as T
  }
}

type PolledFile<T> = {
  file: string
  load: (file: string) => T
  recover: (error: NodeJS.ErrnoException, last: T | undefined) => T
  now?: (() => number) | undefined
  /** Must follow links: a mounted secret changes when its link is replaced. */
  stat?: (file: string) => BigIntStats
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`
}
