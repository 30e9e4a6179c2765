import { execFileSync } from 'node:child_process'
import { chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** For tests: only root can give files away and become another user. Use it as `test.skipIf(!IS_ROOT)`. */
export const IS_ROOT = process.geteuid?.() === 0
/** A user that has a home on most machines; no name is needed. */
export const SERVICE = 1000

/** Runs something as another user, of the same group number alone. All that runs meanwhile in this process does, too. */
export async function asUser<T>(uid: number, run: () => Promise<T> | T): Promise<T> {
  const groups = process.getgroups?.() ?? []
  process.setgroups?.([uid])
  process.setegid?.(uid)
  process.seteuid?.(uid)
  try {
    return await run()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
    process.setgroups?.(groups)
  }
}

/** Gives a folder and all that is in it to a user. */
export function giveAway(folder: string, uid: number): void {
  for (const path of ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })])
    chownSync(join(folder, path), uid, uid)
}

/** Mounts a file on itself until the test ends: it cannot be replaced (EBUSY). Answers whether it could be mounted. */
export function mountOnItself(file: string): boolean {
  return mount(file, ['--bind', file, file])
}

/** Until the test ends, a folder keeps its files and has no room for another. Answers whether that could be arranged. */
export function mountFull(folder: string): boolean {
  const files = readdirSync(folder).map((name) => ({
    path: join(folder, name),
    text: readFileSync(join(folder, name)),
  }))
  // One for the folder itself.
  const isMounted = mount(folder, [
    '-t',
    'tmpfs',
    '-o',
    `mode=700,nr_inodes=${files.length + 1}`,
    'tmpfs',
    folder,
  ])
  if (isMounted) for (const { path, text } of files) writeFileSync(path, text)
  return isMounted
}

function mount(target: string, args: string[]): boolean {
  try {
    execFileSync('mount', args, { stdio: 'ignore' })
  } catch {
    return false
  }
  onTestFinished(() => void execFileSync('umount', [target]))
  return true
}
