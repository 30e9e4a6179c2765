import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './root.ts'
import { run } from './run.ts'

/** A file with its path from the root, as `apps/api/src/main.ts`. */
export type SourceFile = { path: string; text: string }

/** The paths of all files of the repository, those not committed yet among them, without what git ignores. */
export async function listFiles(root = ROOT): Promise<string[]> {
  const { output } = await run('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], {
    cwd: root,
  })
  const { output: gone } = await run('git', ['ls-files', '-d'], { cwd: root })
  const missing = new Set(gone.split('\n'))
  return output.split('\n').filter((path) => path && !missing.has(path))
}

/** Our own sources. */
export async function readSources(): Promise<SourceFile[]> {
  const paths = (await listFiles()).filter((path) => /\.[mc]?[jt]sx?$/.test(path))
  return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}
