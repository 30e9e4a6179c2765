import { PostgresAdapter, type RawBuilder, sql } from 'kysely'
import type { Db } from './schema.ts'

/** The collation that PostgreSQL folds case by, since its own lower() knows ASCII only where the locale is C. */
export const FOLDING = 'und-x-icu'

/** Text in lower case, beyond ASCII, whatever the locale of the database. */
export function lower(db: Db, text: RawBuilder<string>): RawBuilder<string> {
  return db.getExecutor().adapter instanceof PostgresAdapter
    ? sql`lower(${text} collate pg_catalog.${sql.id(FOLDING)})`
    : sql`lower(${text})`
}
