/**
 * What the pattern promises, written down a second time on purpose: taken from the library, an attack would move with
 * the very bound that it tries.
 */
export const ALGORITHM = 'RS512'

/** Seconds that a token may live, and by which clocks may differ. */
export const MAXIMUM_LIFETIME = 300
export const LEEWAY = 5
