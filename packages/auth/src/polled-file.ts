import { type BigIntStats, statSync } from 'node:fs'

/** Milliseconds after which a file is looked at again. */
const INTERVAL = 1000
/** Milliseconds: the coarsest steps in which a file system keeps times (FAT). */
const COARSEST_STEP = 2000

/**
 * What a file means, as a function: the answer is kept, and one `stat` at most once a second, made when somebody asks,
 * tells whether to load it anew. Nothing is watched, since watching fails on mounted and symlinked secrets.
 *
 * `load` reads the file; when it or the `stat` throws, `recover` turns the error and the last answer into the next one
 * (or throws). Call the function with `true` to look at once.
 *
 * Where times are whole seconds, an edit of equal length may leave no trace within the same step. So such a file is
 * loaded again at each look until it has been the same for longer than a step.
 */
export function pollFile<T>(options: PolledFile<T>): (atOnce?: boolean) => T {
  const { file, load, recover, now = Date.now, stat = (path) => statSync(path, { bigint: true }) } = options
  let lookedAt = Number.NEGATIVE_INFINITY
  let seen: string | undefined
  let seenSince = 0
  let isSettled = true
  let answer: T | undefined
  return function read(atOnce = false) {
    const age = now() - lookedAt
    // A clock that was set back must not keep a revoked key alive: a negative age is a reason to look.
    if (!atOnce && age >= 0 && age < INTERVAL) return answer as T
    try {
      const stats = stat(file)
      const found = identityOf(stats)
      if (found !== seen) seenSince = now()
      if (found !== seen || !isSettled) answer = load(file)
      seen = found
      isSettled = !hasWholeSeconds(stats) || now() - seenSince > COARSEST_STEP
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
  /** Must follow links: a mounted secret changes by a link that is swapped. */
  stat?: (file: string) => BigIntStats
}

function identityOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`
}

function hasWholeSeconds({ ctimeNs }: BigIntStats): boolean {
  return ctimeNs % 1_000_000_000n === 0n
}
