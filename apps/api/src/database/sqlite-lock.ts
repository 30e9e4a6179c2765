import { setTimeout } from 'node:timers/promises'
import { isLocked } from './error-codes.ts'

/** Milliseconds between two attempts, at most. */
const LONGEST_PAUSE = 25

/**
 * Runs a statement. While another process holds SQLite's lock, tries again until `deadline` (as `performance.now()`
 * counts), and at least once. SQLite's own busy_timeout would block the event loop, and with it every other request.
 */
export async function retryWhileLocked<T>(statement: () => T, deadline: number): Promise<T> {
  for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return statement()
    } catch (error) {
      if (!isLocked(error) || performance.now() >= deadline) throw error
    }
    await setTimeout(pause)
  }
}

/** Lets one holder after another in, in the order in which they came. */
export function createQueue() {
  let last = Promise.resolve()
  return {
    /** Resolves when it is the caller's turn, to the function that ends the turn. */
    async enter(): Promise<() => void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      const before = last
      last = promise
      await before
      return resolve
    },
  }
}
