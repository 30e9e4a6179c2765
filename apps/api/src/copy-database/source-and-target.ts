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
import type { Db } from '../database/db.ts'
import { DatabaseError } from '../database/errors.ts'
import { refuseForeignTables, requireTables } from '../database/migrations.ts'
import { openDatabase, placeOf } from '../database/open.ts'
import { connectPostgres } from '../database/postgres.ts'
import { connectSqlite, openSqlite } from '../database/sqlite.ts'
import { type Contents, requireContents, requireEmpty } from './copy.ts'

/**
 * Opens the database to copy, and changes nothing in it. It must exist, hold the API's tables and not be the target.
 *
 * @throws DatabaseError
 */
export async function openSource(from: string, to: string): Promise<Db> {
  const name = 'FROM_URL'
  const [place, target] = [placeOf(from, name), placeOf(to, 'TO_URL')]
  if ('path' in place && 'path' in target && isSame(place.path, target.path))
    throw new DatabaseError('database_unsuitable', 'FROM_URL and TO_URL are the same file.')
  if ('path' in place) {
    const db = await connectSqlite(place.path, { name })
    return await checked(db, `${name}: the file ${place.path}`)
  }
  const { db, place: called } = await connectPostgres({ url: place.url, name, retryFor: 0 })
  return await checked(db, called)
}

/**
 * Opens the database to copy to.
 *
 * @throws CopyError `target_not_empty`
 * @throws DatabaseError
 */
export async function openTarget(
  to: string,
  options: { replace?: boolean | undefined },
): Promise<FileTarget> {
  const place = placeOf(to, 'TO_URL')
  if ('path' in place) {
    if (place.path === ':memory:')
      throw new DatabaseError('database_unsuitable', `TO_URL: a copy in memory would be lost. Name a file.`)
    return await openFileTarget(place.path, options)
  }
  // Statements have no time limit: a copy may take long, and no request waits for it.
  const timeouts = { connection: 3_000, statement: 0 }
  const db = await openDatabase({ url: to, name: 'TO_URL', retryFor: 0, timeouts })
  return { db, finish: () => db.destroy(), discard() {} }
}

async function checked(db: Db, place: string): Promise<Db> {
  try {
    await requireTables(db, place)
    return db
  } catch (cause) {
    await db.destroy()
    if (cause instanceof DatabaseError) throw cause
    const { message } = cause as Error
    throw new DatabaseError('database_unavailable', `${place} cannot be read: ${message}`, { cause })
  }
}

function isSame(one: string, other: string): boolean {
  return existsSync(one) && existsSync(other) && realpathSync(one) === realpathSync(other)
}

type FileTarget = {
  /** The database to copy into. */
  db: Db
  /** Checks that the copy holds `contents`, and puts it in its place. */
  finish(contents: Contents): Promise<void>
  /** Removes the copy if it was not put in its place. */
  discard(): void
}

/**
 * An SQLite file to copy into. The copy is made under another name in the same folder and then renamed, so that the path
 * always holds the old file or the complete new one. The new file is complete in itself: it has no log.
 *
 * @throws CopyError `target_not_empty`
 * @throws DatabaseError `database_unavailable`, `database_unsuitable`
 */
async function openFileTarget(file: string, { replace = false } = {}): Promise<FileTarget> {
  const path = existsSync(file) ? realpathSync(file) : resolve(file)
  const isNew = !existsSync(path) || statSync(path).size === 0
  if (isNew) refuseLeftLog(path)
  else await requireReplaceable(path, replace)

  const partial = `${path}.${randomBytes(4).toString('hex')}.partial`
  const discard = () => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(partial + suffix, { force: true })
  }
  process.once('exit', discard)
  const db = await openSqlite(partial, { name: 'TO_URL' })
  return {
    db,
    async finish(contents) {
      await db.destroy()
      leaveLog(partial)
      const copy = await connectSqlite(partial, { name: 'TO_URL' })
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

/** SQLite would apply the log of a removed file to the new file. */
function refuseLeftLog(path: string): void {
  if (existsSync(`${path}-wal`))
    throw new DatabaseError(
      'database_unsuitable',
      `TO_URL: ${path}-wal holds changes of a file that is gone. Move it away first.`,
    )
}

async function requireReplaceable(path: string, replace: boolean): Promise<void> {
  const db = await connectSqlite(path, { name: 'TO_URL' })
  const place = `TO_URL: the file ${path}`
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

/** Moves all changes from the log into the file, and removes the log. No other program may have the file open. */
function leaveLog(path: string): void {
  const database = new DatabaseSync(path, { timeout: 1_000 })
  try {
    database.exec('pragma journal_mode = delete')
  } catch (cause) {
    const reason = `TO_URL: the file ${path} is in use: ${(cause as Error).message}. Stop the API first.`
    throw new DatabaseError('database_unavailable', reason, { cause })
  } finally {
    database.close()
  }
}

/** Gives the new file the owner and mode of the old one. Without an old one, root gives it to the owner of the folder. */
function takeOver(partial: string, path: string): void {
  const old = existsSync(path) ? statSync(path) : undefined
  const { uid, gid } = old ?? statSync(dirname(path))
  if (old) chmodSync(partial, old.mode & 0o7777)
  const own = statSync(partial)
  if (own.uid !== uid || (old && own.gid !== gid)) {
    if (old || process.getuid?.() === 0) chownSync(partial, uid, gid)
  }
}

/** Writes to the disk. Otherwise a power failure could keep the rename and lose the file's content. */
function sync(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
