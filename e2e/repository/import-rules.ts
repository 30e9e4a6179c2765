import { dirname, join } from 'node:path/posix'
import type { SourceFile } from '@signet/testing/repository'

/** An import: the file that contains it, the specifier, and the file of this repository that it names, if any. */
type Import = { from: string; specifier: string; to?: string }

/** The file of each package entry: `@signet/auth/express` → `packages/auth/src/express.ts`. */
type Entries = ReadonlyMap<string, string>

/** Which folders a folder may import from. A folder that is not named here may import from no other. */
const ALLOWED: Record<string, readonly string[]> = {
  'packages/auth': [],
  'packages/service': [],
  'packages/web': ['packages/auth', 'packages/service'],
  'packages/attacks': ['packages/auth'],
  'packages/testing': [],
  'apps/api': ['packages/auth', 'packages/service'],
  'apps/app-one': ['packages/auth', 'packages/service', 'packages/web'],
  'apps/app-two': ['packages/auth', 'packages/service', 'packages/web'],
  scripts: ['packages/auth'],
  'apps/lab': ['packages/auth', 'packages/service', 'packages/web', 'packages/attacks', 'packages/testing'],
  docs: ['packages/auth'],
  e2e: ['packages/auth', 'packages/service', 'packages/attacks', 'packages/testing'],
}

/**
 * Folders beside the workspaces. They have a package.json of their own, so they import by path. They may import from
 * every folder, and no workspace may import from them.
 */
const OUTSIDE = ['bench/', 'deploy/', 'e2e/kubernetes/', 'e2e/tarball/']

/** The only files of packages/auth that may import these packages. */
const ADAPTERS: Record<string, string> = {
  express: 'packages/auth/src/express.ts',
  axios: 'packages/auth/src/axios.ts',
  undici: 'packages/auth/src/fetch.ts',
}

/** Every import that breaks a rule, as a sentence. */
export function ruleViolations(imports: readonly Import[]): string[] {
  return imports.flatMap(({ from, specifier, to }) => {
    const fault = to === undefined ? foreignFault(from, specifier) : ownFault(from, specifier, to)
    return fault ? [`${from} imports ${specifier}: ${fault}`] : []
  })
}

function ownFault(from: string, specifier: string, to: string): string | undefined {
  const [here, there] = [folderOf(from), folderOf(to)]
  if (here === there || OUTSIDE.some((folder) => from.startsWith(folder))) return undefined
  if (specifier.startsWith('.')) return 'another package must be imported by its name'
  const allowed = [
    ...(ALLOWED[here] ?? []),
    ...(isTest(from) ? ['packages/attacks', 'packages/testing'] : []),
  ]
  return allowed.includes(there) ? undefined : `${here} may not import from ${there}`
}

function foreignFault(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('@signet/')) return 'there is no such entry'
  const adapter = ADAPTERS[specifier]
  if (!from.startsWith('packages/auth/') || isTest(from) || !adapter || from === adapter) return undefined
  return `only ${adapter} may import ${specifier}`
}

/** The folder of the workspace: the first part of a path, or two in `packages` and `apps`. */
function folderOf(path: string): string {
  const parts = path.split('/')
  return parts.slice(0, parts[0] === 'packages' || parts[0] === 'apps' ? 2 : 1).join('/')
}

function isTest(path: string): boolean {
  return /\.(?:test|fixture)\.ts$|\/testing\.ts$|\/test\/|\/test-[\w-]+\.ts$/.test(path)
}

/** All imports, re-exports and dynamic imports in these files. */
export function importsOf(files: readonly SourceFile[], entries: Entries): Import[] {
  return files.flatMap(({ path, text }) =>
    specifiersIn(text).map((specifier) => {
      const to = specifier.startsWith('.') ? join(dirname(path), specifier) : entries.get(specifier)
      return { from: path, specifier, ...(to !== undefined && { to }) }
    }),
  )
}

/** Biome formats every file, so a statement begins a line; an import inside a text is not found. */
function specifiersIn(text: string): string[] {
  const statements = text.matchAll(/^(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]/gm)
  const calls = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)
  return [...statements, ...calls].map(([, specifier = '']) => specifier)
}

/** The first import cycle that is found: the files on the way from a file back to itself. */
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
