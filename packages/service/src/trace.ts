import { randomUUID } from 'node:crypto'

/** The trace of which a request is a part (W3C Trace Context): its ID, and the flags of the caller in hexadecimal. */
export type Trace = Readonly<{ id: string; flags: string }>

/**
 * Continues the trace in a `traceparent` header, or begins one if there is no valid header. A new trace is marked as
 * sampled, so that a tracing agent of a later service records it.
 */
export function traceOf(traceparent: string | undefined): Trace {
  const [, id, flags] = traceparent === undefined ? [] : (TRACEPARENT.exec(traceparent) ?? [])
  return id && flags ? { id, flags } : { id: randomHex(), flags: '01' }
}

/** The `traceparent` header of a call that belongs to `trace`. Each call has its own parent ID. */
export function traceparentOf({ id, flags }: Trace): string {
  return `00-${id}-${randomHex().slice(-16)}-${flags}`
}

/** W3C Trace Context §3.2.2: neither ID may be zero, version ff is invalid, and a later version may have further parts. */
const TRACEPARENT =
  /^(?:00(?=.{53}$)|(?!00|ff)[0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-|$)/

/** 32 digits, never all zero. `randomUUID` takes its random bytes from a pool, which `randomBytes` does not. */
function randomHex(): string {
  const uuid = randomUUID()
  return uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24)
}
