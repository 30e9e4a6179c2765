import { dirname, join } from 'node:path/posix'
import type { SourceFile } from '@signet/testing/source-files'

/** One import: which file says it, the words it says, and the file of ours that is meant, if it is ours. */
export type Import = { from: string; specifier: string; to?: string }

/** Which file each entry of our packages is: `@signet/auth/express` → `packages/auth/src/express.ts`. */
export type Entries = ReadonlyMap<string, string>

/** All imports, exports from elsewhere and dynamic imports in these files. */
export function importsOf(files: readonly SourceFile[], entries: Entries): Import[] {
  return files.flatMap(({ path, text }) =>
    specifiersIn(text).map((specifier) => {
      const to = specifier.startsWith('.') ? join(dirname(path), specifier) : entries.get(specifier)
      return { from: path, specifier, ...(to !== undefined && { to }) }
    }),
  )
}

/** Statements begin a line here, since Biome formats every file; so what stands in a text is not taken for one. */
function specifiersIn(text: string): string[] {
  const statements = text.matchAll(/^(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]/gm)
  const calls = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)
  return [...statements, ...calls].map(([, specifier = '']) => specifier)
}

/** The first way round that leads from a file through imports back to itself. */
export function findCycle(imports: readonly Import[]): string[] | undefined {
  const graph = Map.groupBy(imports, ({ from }) => from)
  const done = new Set<string>()
  for (const start of graph.keys()) {
    const cycle = walk(start, [])
    if (cycle) return cycle
  }
  return undefined

  function walk(file: string, path: string[]): string[] | undefined {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const { to } of graph.get(file) ?? []) {
      const cycle = to === undefined ? undefined : walk(to, [...path, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
}
