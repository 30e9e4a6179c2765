/** Seeds and lengths for fast-check. */
export type Cases = { seed: number; numRuns: number; interruptAfterTimeLimit?: number }

/**
 * How many cases fast-check tries of a property, and with which seed. In `npm test` each run tries the same `numRuns`
 * cases, so that a run fails only for a change of the code. `npm run test:fuzz` sets FUZZ_SEED to a new seed, and
 * FUZZ_SECONDS to the time that each property gets: as many cases are tried as fit into it.
 */
export function cases(numRuns: number, { FUZZ_SEED, FUZZ_SECONDS } = process.env): Cases {
  const seed = Number(FUZZ_SEED ?? 1)
  if (FUZZ_SECONDS === undefined) return { seed, numRuns }
  return { seed, numRuns: Number.POSITIVE_INFINITY, interruptAfterTimeLimit: Number(FUZZ_SECONDS) * 1000 }
}
