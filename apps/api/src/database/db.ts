import { randomBytes } from 'node:crypto'
import { type Kysely, PostgresAdapter, type RawBuilder, sql } from 'kysely'
import type { Database } from '../schemas.ts'

/** An open SQLite or PostgreSQL database. Every query is a function whose first parameter it is. */
export type Db = Kysely<Database>

/**
 * A UUID of version 7 (RFC 9562 §5.7). Its text sorts by its time in every collation, because its hexadecimal digits and
 * hyphens have fixed positions. Node's randomUUIDv7 takes no time, and an order's ID must agree with its createdAt.
 *
 * @param milliseconds since the epoch
 * @param random ten bytes
 */
export function uuidV7(milliseconds: number, random: Uint8Array = randomBytes(10)): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(milliseconds, 0, 6)
  bytes.set(random, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** The collation for lower() in PostgreSQL, whose default changes ASCII letters only where the locale is C. */
export const FOLDING = 'und-x-icu'

/** Text in lower case, also beyond ASCII, whatever the locale of the database. */
export function lower(db: Db, text: RawBuilder<string>): RawBuilder<string> {
  return db.getExecutor().adapter instanceof PostgresAdapter
    ? sql`lower(${text} collate pg_catalog.${sql.id(FOLDING)})`
    : sql`lower(${text})`
}
