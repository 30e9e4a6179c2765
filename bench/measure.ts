/** A value that was measured several times: its median, and its first and third quartile. */
export type Figure = { median: number; low: number; high: number }
export type Plan = { rounds: number; windowMs: number }

/**
 * CPU microseconds for one call of each case. The whole process counts, so work in other threads counts too. The cases
 * run in turn for `rounds`; each turn takes about `windowMs` milliseconds.
 */
export async function measure<Names extends string>(
  cases: Record<Names, () => unknown>,
  { rounds, windowMs }: Plan,
): Promise<Record<Names, Figure>> {
  const all = Object.entries<() => unknown>(cases)
  const samples = new Map<string, number[]>(all.map(([name]) => [name, []]))
  const calls = new Map<string, number>()
  for (const [name, run] of all) calls.set(name, await callsIn(windowMs, run))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of all) samples.get(name)?.push(await time(run, calls.get(name) ?? 1))
  }
  const figures = [...samples].map(([name, values]) => [name, figureOf(values)])
  return Object.fromEntries(figures) as Record<Names, Figure>
}

/** Also warms the case up: its code must be compiled before it is timed. */
async function callsIn(windowMs: number, run: () => unknown): Promise<number> {
  for (let count = 64; ; count *= 2) {
    const milliseconds = ((await time(run, count)) * count) / 1000
    if (milliseconds >= windowMs) return Math.ceil((count * windowMs) / milliseconds)
  }
}

async function time(run: () => unknown, count: number): Promise<number> {
  const before = process.cpuUsage()
  for (let call = 0; call < count; call++) {
    const result = run()
    if (result instanceof Promise) await result
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

/**
 * Returns each token in turn, each time as a new string, as a string from a socket is new. A string that is used again
 * contains its hash already, so a look-up by it would seem to cost nothing.
 */
export function freshStrings(tokens: readonly string[]): () => string {
  const buffers = tokens.map((token) => Buffer.from(token))
  let next = 0
  return () => {
    const buffer = buffers[next] as Buffer
    next = (next + 1) % buffers.length
    return buffer.toString('latin1')
  }
}

export function figureOf(values: readonly number[]): Figure {
  return { median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) }
}

/** The value below which the share `q` of all values is. Between two values it is interpolated. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort()
  const place = (sorted.length - 1) * q
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? below
  return below + (above - below) * (place - Math.floor(place))
}

/** The first value divided by the second one, for each round. */
export function ratioOf(values: readonly number[], others: readonly number[]): Figure {
  return figureOf(values.map((value, round) => value / (others[round] ?? Number.NaN)))
}

/** The median as text, and the quartiles in parentheses if they differ from it. */
export function shown({ median, low, high }: Figure): string {
  const [middle, ...quartiles] = [median, low, high].map(rounded)
  return quartiles.every((quartile) => quartile === middle)
    ? `${middle}`
    : `${middle} (${quartiles.join('–')})`
}

/** Three significant digits, and all digits of an integer. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
