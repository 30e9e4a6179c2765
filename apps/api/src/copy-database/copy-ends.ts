import { existsSync, realpathSync } from 'node:fs'
import { DatabaseError } from '../database/errors.ts'
import { openDatabase, placeOf } from '../database/open.ts'
import { connectPostgres } from '../database/postgres.ts'
import type { Db } from '../database/schema.ts'
import { connectSqlite } from '../database/sqlite.ts'
import { type FileTarget, openFileTarget } from './copy-target.ts'
import { requireTables } from './ownership.ts'

/**
 * Opens the database that is copied, and changes nothing in it. It must exist, hold our tables and not be the target.
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
  const { db, place: called } = await connectPostgres({ url: place.url, name, patience: 0 })
  return await checked(db, called)
}

/**
 * Opens the database that is copied to.
 *
 * @throws CopyError `target_not_empty`
 * @throws DatabaseError
 */
export async function openTarget(
  to: string,
  options: { replace?: boolean | undefined },
): Promise<FileTarget> {
  const name = 'TO_URL'
  const place = placeOf(to, name)
  if ('path' in place) {
    if (place.path === ':memory:')
      throw new DatabaseError('database_unsuitable', `${name}: a copy in memory would be lost. Name a file.`)
    return await openFileTarget(place.path, options)
  }
  // Without a time limit for statements: to copy is not to answer a request.
  const timeouts = { connection: 3_000, statement: 0 }
  const db = await openDatabase({ url: to, name, patience: 0, timeouts })
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
