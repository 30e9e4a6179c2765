import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { refuseForeignTables } from '../copy-database/ownership.ts'
import { migrations } from './migrations.ts'
import type { Db } from './schema.ts'

/** The ID of the lock that Kysely's migrator takes, so that processes of all versions take turns. */
const LOCK = sql.lit(BigInt('3853314791062309107'))

/**
 * Brings the tables to the latest schema: all of it or nothing, in one transaction, and not in a database of another
 * program. Processes that start at once take turns, by PostgreSQL's advisory lock or SQLite's write lock.
 *
 * @param place what messages call the database
 * @param schema the PostgreSQL schema to keep the record in; without it a record in any schema would count
 * @throws DatabaseError `database_unsuitable`
 */
export async function migrate(db: Db, place: string, schema?: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    // Kysely's own lock belongs to a session. Behind a pooler that lends a connection for one transaction, the lock
    // would be taken on one connection and released on another, and so would never be released.
    if (schema !== undefined) await sql`select pg_advisory_xact_lock(${LOCK})`.execute(transaction)
    await refuseForeignTables(transaction, place)
    const migrator = new Migrator({
      db: transaction,
      provider: { getMigrations: async () => migrations },
      ...(schema !== undefined && { migrationTableSchema: schema }),
    })
    const { error } = await migrator.migrateToLatest()
    if (error !== undefined) throw error
  })
}
