import { accessSync, constants, statSync } from 'node:fs'

/** Why this path is no readable file or folder, as the end of a sentence; undefined when it is one. */
export function fileFault(path: string, kind: 'file' | 'folder'): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    const found = statSync(path)
    return (kind === 'file' ? found.isFile() : found.isDirectory()) ? undefined : `is not a ${kind}`
  } catch (error) {
    return describe(error as NodeJS.ErrnoException)
  }
}

function describe({ code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user'
  return `cannot be read (${code})`
}
