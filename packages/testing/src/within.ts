/**
 * For `vi.waitFor` and `vi.waitUntil`: how long a test waits for something to become true, in milliseconds. It ends a
 * test that would hang, and says nothing of how fast the code is: a busy machine may be ten times slower than a quiet one.
 */
export const WITHIN = { timeout: 60_000, interval: 50 }
