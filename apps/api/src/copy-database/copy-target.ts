import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DatabaseError } from '../database/errors.ts'
import type { Db } from '../database/schema.ts'
import { connectSqlite, openSqlite } from '../database/sqlite.ts'
import { requireContents, requireEmpty } from './copy.ts'
import type { Contents } from './digest.ts'
import { refuseForeignTables, requireTables } from './ownership.ts'

const name = 'TO_URL'

export type FileTarget = {
  /** The database to copy into. */
  db: Db
  /** Puts the copy in its place, once it is found to hold `contents`. */
  finish(contents: Contents): Promise<void>
  /** Removes the copy, unless it is in its place. */
  discard(): void
}

/**
 * An SQLite file to copy into. The copy is made beside the file's place and renamed, so that at each moment the place has
 * the old file or the complete new one, and a file that has everything in it: no log beside it.
 *
 * @throws CopyError `target_not_empty`
 * @throws DatabaseError `database_unavailable`, `database_unsuitable`
 */
export async function openFileTarget(file: string, { replace = false } = {}): Promise<FileTarget> {
  const path = existsSync(file) ? realpathSync(file) : resolve(file)
  const isNew = !existsSync(path) || statSync(path).size === 0
  if (isNew) refuseLeftLog(path)
  else await requireReplaceable(path, replace)

  const partial = `${path}.${randomBytes(4).toString('hex')}.partial`
  const discard = () => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(partial + suffix, { force: true })
  }
  process.once('exit', discard)
  const db = await openSqlite(partial, { name })
  return {
    db,
    async finish(contents) {
      await db.destroy()
      leaveLog(partial)
      const copy = await connectSqlite(partial, { name })
      await requireContents(copy, contents).finally(() => copy.destroy())
      if (!isNew) leaveLog(path)
      takeOver(partial, path)
      sync(partial)
      renameSync(partial, path)
      sync(dirname(path))
    },
    discard,
  }
}

/** SQLite would apply a log that another file has left to the new one. */
function refuseLeftLog(path: string): void {
  if (existsSync(`${path}-wal`))
    throw new DatabaseError(
      'database_unsuitable',
      `${name}: ${path}-wal holds changes of a file that is gone. Move it away first.`,
    )
}

async function requireReplaceable(path: string, replace: boolean): Promise<void> {
  const db = await connectSqlite(path, { name })
  const place = `${name}: the file ${path}`
  try {
    await refuseForeignTables(db, place)
    if ((await db.introspection.getTables()).length > 0) {
      await requireTables(db, place)
      if (!replace) await requireEmpty(db, place)
    }
  } catch (error) {
    if (error instanceof DatabaseError || !(error instanceof Error) || !('errcode' in error)) throw error
    throw new DatabaseError('database_unavailable', `${place}: ${error.message}. Move it away first.`, {
      cause: error,
    })
  } finally {
    await db.destroy()
  }
  leaveLog(path)
}

/** Moves all changes from the log into the file, and removes the log. Nobody else may have the file open. */
function leaveLog(path: string): void {
  const database = new DatabaseSync(path, { timeout: 1_000 })
  try {
    database.exec('pragma journal_mode = delete')
  } catch (cause) {
    const reason = `${name}: the file ${path} is in use: ${(cause as Error).message}. Stop the API first.`
    throw new DatabaseError('database_unavailable', reason, { cause })
  } finally {
    database.close()
  }
}

/** The new file belongs to those who had the old one, or, made by root, to the owner of the folder. */
function takeOver(partial: string, path: string): void {
  const old = existsSync(path) ? statSync(path) : undefined
  const { uid, gid } = old ?? statSync(dirname(path))
  if (old) chmodSync(partial, old.mode & 0o7777)
  const own = statSync(partial)
  if (own.uid !== uid || (old && own.gid !== gid)) {
    if (old || process.getuid?.() === 0) chownSync(partial, uid, gid)
  }
}

/** To the disk, so that the rename does not outlive the file's content in a power failure. */
function sync(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
