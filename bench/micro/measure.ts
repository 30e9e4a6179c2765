import { type Figure, figureOf } from '../statistics.ts'

export type Cases = Record<string, () => unknown>
export type Figures<Names extends PropertyKey = string> = Record<Names, Figure>
export type Plan = { rounds: number; windowMs: number }

/**
 * CPU microseconds for a call of each case, of the whole process, so that work in other threads counts. The cases run
 * in turn for `rounds`; each turn takes about `windowMs` milliseconds.
 */
export async function measure<Names extends string>(
  cases: Record<Names, () => unknown>,
  { rounds, windowMs }: Plan,
): Promise<Figures<Names>> {
  const all = Object.entries<() => unknown>(cases)
  const samples = new Map<string, number[]>(all.map(([name]) => [name, []]))
  const calls = new Map<string, number>()
  for (const [name, run] of all) calls.set(name, await callsIn(windowMs, run))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of all) samples.get(name)?.push(await time(run, calls.get(name) ?? 1))
  }
  return Object.fromEntries([...samples].map(([name, values]) => [name, figureOf(values)])) as Figures<Names>
}

/** Warms the case up on the way: it must be compiled before it is timed. */
async function callsIn(windowMs: number, run: () => unknown): Promise<number> {
  for (let count = 64; ; count *= 2) {
    const milliseconds = ((await time(run, count)) * count) / 1000
    if (milliseconds >= windowMs) return Math.ceil((count * windowMs) / milliseconds)
  }
}

async function time(run: () => unknown, count: number): Promise<number> {
  const before = process.cpuUsage()
  for (let call = 0; call < count; call++) {
    const answer = run()
    if (answer instanceof Promise) await answer
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}
