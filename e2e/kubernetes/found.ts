import { nameOf } from './manifest.ts'

/** The sentences that are true, each with the name of the object that it is about. */
export function found(about: Parameters<typeof nameOf>[0], faults: Record<string, boolean>): string[] {
  return Object.keys(faults)
    .filter((fault) => faults[fault])
    .map((fault) => `${nameOf(about)}: ${fault}`)
}
