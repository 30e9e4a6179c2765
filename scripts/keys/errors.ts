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
  if (error instanceof KeyFileError) return `${error.message}\nWhat mends it: npm run keys -- check`
  const advice = ADVICE[(error as NodeJS.ErrnoException).code ?? '']
  return advice ? `${error.message}\n${advice}` : error.message
}

/** What to do about errors of the file system whose own words do not say it. */
const ADVICE: Partial<Record<string, string>> = {
  EACCES: 'Run this as the owner of the file and its folder, or as root.',
  EPERM: 'Run this as the owner of the file and its folder, or as root.',
  EROFS: 'Its file system is read-only here. Run this where it can be written.',
  EBUSY:
    'It is mounted as a single file, which cannot be replaced. Mount its folder, or run this where the file is kept.',
  ENOSPC: 'The disk is full. Make room, then run this again.',
}

/** What is expected to go wrong in a step, as an answer; undefined if it did not. Anything else is thrown. */
export async function faultOf(step: () => unknown): Promise<Error | undefined> {
  try {
    await step()
    return undefined
  } catch (error) {
    if (isExpected(error)) return error
    throw error
  }
}
