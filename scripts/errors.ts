import { KeyFileError } from '@signet/auth'

/** The command line is wrong. Exit status 2. */
export class UsageError extends Error {
  readonly code = 'usage'
}

/** A command that stops, having changed nothing it does not name. The message says what to mend. Exit status 1. */
export class RefusedError extends Error {
  readonly code = 'refused'
}

/** Whether an error tells a person enough without its stack: refusals, key files, and the file system (with path). */
export function isExpected(error: unknown): error is Error {
  if (error instanceof RefusedError || error instanceof KeyFileError) return true
  return error instanceof Error && 'syscall' in error
}

/** What an expected error says to a person. The key files' own errors do not know which command mends them. */
export function messageOf(error: Error): string {
  return error instanceof KeyFileError
    ? `${error.message}\nWhat mends it: npm run keys -- check`
    : error.message
}
