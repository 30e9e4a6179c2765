/** The command line is wrong. Exit status 2. */
export class UsageError extends Error {
  readonly code = 'usage'
}

/** A command refuses to go on. It has changed nothing but what it printed. The message says what to do. Exit status 1. */
export class RefusedError extends Error {
  readonly code = 'refused'
}

/** The code of an error, also of those of Node.js and of `@signet/auth`; an empty text if it has none. */
export function codeOf(error: unknown): string {
  return (error as { code?: string } | undefined)?.code ?? ''
}

/** Whether the message of an error is enough for a person: refusals, key files, and the file system (with the path). */
export function isExpected(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  return codeOf(error) === 'refused' || codeOf(error) === KEY_FILE_INVALID || 'syscall' in error
}

/** What an expected error says to a person, with a hint where its own message has none. */
export function messageOf(error: Error): string {
  const hint = HINTS[codeOf(error)]
  return hint ? `${error.message}\n${hint}` : error.message
}

/** The code of a `KeyFileError` of `@signet/auth`. */
export const KEY_FILE_INVALID = 'key_file_invalid'

/** What to do about errors whose messages do not say it: those of key files and of the file system. */
const HINTS: Partial<Record<string, string>> = {
  [KEY_FILE_INVALID]: 'What to do about it: npm run keys -- check',
  EACCES: 'Run this as the owner of the file and its folder, or as root.',
  EPERM: 'Run this as the owner of the file and its folder, or as root.',
  EROFS: 'Its file system is read-only here. Run this where it can be written.',
  EBUSY:
    'It is mounted as a single file, which cannot be replaced. Mount its folder, or run this where the file is kept.',
  ENOSPC: 'The disk is full. Make room, then run this again.',
}

/** Runs a step and resolves to the expected error that stopped it; undefined if none did. Any other error is thrown. */
export async function faultOf(step: () => unknown): Promise<Error | undefined> {
  try {
    await step()
    return undefined
  } catch (error) {
    if (isExpected(error)) return error
    throw error
  }
}
