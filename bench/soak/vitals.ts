import { setTimeout } from 'node:timers/promises'

/** Megabytes, and milliseconds by which a timer of the API came late since the last look. */
export type Vitals = { resident: number; heap: number; delayP99: number; longestDelay: number }

/** Milliseconds between two looks. */
const INTERVAL = 1000

/** Reads the API's metrics every second for so many milliseconds. */
export async function watchVitals({ url, milliseconds }: Watch): Promise<Vitals[]> {
  const vitals: Vitals[] = []
  for (const end = performance.now() + milliseconds; performance.now() < end; await setTimeout(INTERVAL)) {
    const answer = await fetch(url)
    vitals.push(read(await answer.text()))
  }
  return vitals
}

type Watch = { url: string; milliseconds: number }

function read(text: string): Vitals {
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    resident: value('process_resident_memory_bytes') / 1e6,
    heap: value('nodejs_heap_size_used_bytes') / 1e6,
    delayP99: value('nodejs_eventloop_lag_p99_seconds') * 1000,
    longestDelay: value('nodejs_eventloop_lag_max_seconds') * 1000,
  }
}
