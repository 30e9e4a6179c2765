import { randomBytes } from 'node:crypto'

/**
 * A UUID of version 7 (RFC 9562 §5.7): its text sorts by its time, in every collation, since hexadecimal digits and
 * hyphens stand in fixed places. Node's randomUUIDv7 takes no time, and an order's ID shall agree with its createdAt.
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
