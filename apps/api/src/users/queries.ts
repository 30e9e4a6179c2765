import { sql } from 'kysely'
import { lower } from '../database/lower.ts'
import type { Db, User } from '../database/schema.ts'

export type UserQuery = { search?: string | undefined; limit: number; after?: string | undefined }

/** The users by ID, at most `limit`, from behind the ID `after`; `search` is part of a name or email, in any case. */
export async function listUsers(db: Db, { search, limit, after }: UserQuery): Promise<User[]> {
  let query = db.selectFrom('users').select(['id', 'name', 'email']).orderBy('id').limit(limit)
  if (after !== undefined) query = query.where('id', '>', after)
  if (search !== undefined) {
    const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`
    const [name, email, sought] = [sql<string>`name`, sql<string>`email`, sql<string>`${pattern}`].map(
      (text) => lower(db, text),
    )
    query = query.where(
      sql<boolean>`(${name} like ${sought} escape '\\' or ${email} like ${sought} escape '\\')`,
    )
  }
  return await query.execute()
}

export async function findUser(db: Db, id: string): Promise<User | undefined> {
  return await db.selectFrom('users').select(['id', 'name', 'email']).where('id', '=', id).executeTakeFirst()
}
