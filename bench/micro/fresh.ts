/**
 * Answers each token as a string that was never seen before, in turn: as it comes from a socket. A string that is used
 * again has its hash within, and a look-up by it would seem to cost nothing.
 */
export function freshStrings(tokens: readonly string[]): () => string {
  const buffers = tokens.map((token) => Buffer.from(token))
  let next = 0
  return () => {
    const buffer = buffers[next] as Buffer
    next = (next + 1) % buffers.length
    return buffer.toString('latin1')
  }
}
