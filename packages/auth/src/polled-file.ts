import { statSync } from 'node:fs'

/** Milliseconds after which a file is looked at again. */
const INTERVAL = 1000

/**
 * What a file means, as a function: the answer is kept, and one `stat` at most once a second, made when somebody asks,
 * tells whether to load it anew. Nothing is watched, since watching fails on mounted and symlinked secrets.
 *
 * `load` reads the file; when it or the `stat` throws, `recover` turns the error and the last answer into the next one
 * (or throws). Call the function with `true` to look at once.
 */
export function pollFile<T>({ file, load, recover, now = Date.now }: PolledFile<T>): (atOnce?: boolean) => T {
  let lookedAt = Number.NEGATIVE_INFINITY
  let seen: string | undefined
  let answer: T | undefined
  return function read(atOnce = false) {
    const age = now() - lookedAt
    // A clock that was set back must not keep a revoked key alive: a negative age is a reason to look.
    if (!atOnce && age >= 0 && age < INTERVAL) return answer as T
    try {
      const found = identity(file)
      if (found !== seen) answer = load(file)
      seen = found
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
}

/** Follows links: a mounted secret changes by a link that is swapped. */
function identity(file: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true })
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`
}
