import { globSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './process.ts'

/** The folder of the repository. */
export const ROOT = join(import.meta.dirname, '../../..')

/** A file with its path from the root, such as `apps/api/src/main.ts`. */
export type SourceFile = { path: string; text: string }

/** The paths of all files of the repository: also those that are not committed yet, but none that git ignores. */
export async function listFiles(root = ROOT): Promise<string[]> {
  const { output } = await run('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], {
    cwd: root,
  })
  const { output: deleted } = await run('git', ['ls-files', '-d'], { cwd: root })
  const missing = new Set(deleted.split('\n'))
  return output.split('\n').filter((path) => path && !missing.has(path))
}

/** All TypeScript and JavaScript files of the repository. */
export async function readSources(): Promise<SourceFile[]> {
  const paths = (await listFiles()).filter((path) => /\.[mc]?[jt]sx?$/.test(path))
  return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

/**
 * Makes what a fresh clone would be if all changes were committed now: a new folder without any file that git ignores.
 * The application registry is the committed one, because a developer may have tried key commands that change it.
 */
export async function copyRepository(): Promise<string> {
  const clone = await mkdtemp(join(tmpdir(), 'signet-clone-'))
  for (const path of await listFiles()) await copy(path, clone)
  await writeFile(join(clone, REGISTRY), await committedRegistry())
  return clone
}

/** The text of the application registry in the last commit. */
export async function committedRegistry(): Promise<string> {
  const { status, output, errors } = await run('git', ['show', `HEAD:${REGISTRY}`], { cwd: ROOT })
  if (status !== 0) throw new Error(`The tests run in a clone with at least one commit. git says: ${errors}`)
  return output
}

const REGISTRY = 'applications.json'

/**
 * Gives a copy the packages that are installed here, in a tenth of the time that npm needs: as hard links where the
 * file system supports them. npm never writes into the files of a package, only into its own list of them.
 */
export async function copyPackages(clone: string): Promise<void> {
  for (const path of globSync('{node_modules,{apps,packages}/*/node_modules}', { cwd: ROOT })) {
    const { status } = await run('cp', ['-al', join(ROOT, path), join(clone, path)])
    if (status !== 0) await copy(path, clone)
  }
  await rm(join(clone, PACKAGE_LIST))
  await copy(PACKAGE_LIST, clone)
}

const PACKAGE_LIST = 'node_modules/.package-lock.json'

/** Symbolic links keep their relative targets: those of the workspaces then lead into the copy. */
function copy(path: string, clone: string): Promise<void> {
  return cp(join(ROOT, path), join(clone, path), { recursive: true, verbatimSymlinks: true })
}
