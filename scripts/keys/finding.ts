import { KeyFileError } from '@signet/auth'
import { isExpected, messageOf } from './errors.ts'
import { shown } from './places.ts'

/** Something that is not as it should be, and what mends it. */
export type Finding = { fault: string; mend: string }

/** A finding about a file. */
export function finding(file: string, fault: string, mend: string): Finding {
  return { fault: `${shown(file)}: ${fault}`, mend }
}

/** Reads something. If that fails as files do, the failure is a finding, and the answer undefined. */
export function attempt<T>(findings: Finding[], mend: string, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (!isExpected(error)) throw error
    findings.push({ fault: error instanceof KeyFileError ? error.message : messageOf(error), mend })
    return undefined
  }
}
