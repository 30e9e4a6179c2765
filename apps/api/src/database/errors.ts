export type DatabaseErrorCode = 'database_url_invalid' | 'database_unavailable' | 'database_unsuitable'

/** The database cannot be opened or reached, or is not one of ours. The message names DATABASE_URL and never holds its password. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  readonly code: DatabaseErrorCode

  constructor(code: DatabaseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** For what a database answers while the service starts: it says what is wrong, but not with which setting. */
export function nameDatabase(cause: unknown): unknown {
  if (cause instanceof DatabaseError || !(cause instanceof Error) || !('code' in cause)) return cause
  return new DatabaseError('database_unavailable', `DATABASE_URL: ${cause.message}`, { cause })
}

export type OrderErrorCode = 'unknown_user' | 'idempotency_key_reused'

/** An order that its caller has to mend: no such user (400), or a key that was used for another body (422). */
export class OrderError extends Error {
  override readonly name = 'OrderError'
  readonly code: OrderErrorCode

  constructor(code: OrderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
