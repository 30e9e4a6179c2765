import { setTimeout } from 'node:timers/promises'

/** What a visitor got: the status (0 for no answer), from when to when (milliseconds since 1970). */
export type Visit = { began: number; ended: number; status: number }

/** Milliseconds between two visits of one visitor: many, and still light enough for a small machine. */
const PACE = 50

/** Two visitors who load a page again and again until `stop`, which answers all that they got. */
export function startLoad(url: string) {
  const visits: Visit[] = []
  let stopped = false
  const visitors = [visit(), visit()]

  async function visit(): Promise<void> {
    while (!stopped) {
      const began = Date.now()
      const response = await fetch(url).catch(() => undefined)
      await response?.arrayBuffer()
      visits.push({ began, ended: Date.now(), status: response?.status ?? 0 })
      await setTimeout(PACE)
    }
  }

  return {
    /** Resolves when so many visits that began after a time are over. */
    async seen(count: number, after = 0): Promise<void> {
      while (visits.filter(({ began }) => began > after).length < count) await setTimeout(PACE)
    },
    async stop(): Promise<Visit[]> {
      stopped = true
      await Promise.all(visitors)
      return visits
    },
  }
}

/** The statuses that came, each once. */
export function statusesOf(visits: readonly Visit[]): number[] {
  return [...new Set(visits.map(({ status }) => status))]
}
