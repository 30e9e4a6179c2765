import { sql } from 'kysely'
import { type Db, lower } from '../database/db.ts'
import { TABLES, type User, type UserQuery } from '../schemas.ts'

const { columns } = TABLES.users

/**
 * At most `limit` users by ID, from after the ID `after`. `id` is the list of wanted IDs, `search` a part of a name or email
 * address, in any case.
 */
export async function listUsers(db: Db, { id, search, limit, after }: UserQuery): Promise<User[]> {
  let query = db.selectFrom('users').select(columns).orderBy('id').limit(limit)
  if (after !== undefined) query = query.where('id', '>', after)
  if (id !== undefined) query = query.where('id', 'in', id)
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
  return await db.selectFrom('users').select(columns).where('id', '=', id).executeTakeFirst()
}
