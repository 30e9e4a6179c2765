import { createHash } from 'node:crypto'
import { type Db, uuidV7 } from './db.ts'

const ORDERS = 200
const FIRST_ORDER = Date.UTC(2025, 0, 6, 8, 30)
const BETWEEN_ORDERS = 43 * 60 * 60 * 1_000 + 17 * 60 * 1_000

/**
 * Fills a database without users with fifty users and two hundred orders, which are always the same. If two processes
 * start at once, one does it: the other one's rows have the same IDs and are dropped.
 *
 * @param createdBy the application ID that the orders have as their caller
 * @returns whether this process wrote the data
 */
export async function seed(db: Db, { createdBy }: { createdBy: string }): Promise<boolean> {
  return await db.transaction().execute(async (transaction) => {
    if (await transaction.selectFrom('users').select('id').limit(1).executeTakeFirst()) return false
    const users = NAMES.map(user)
    const orders = Array.from({ length: ORDERS }, (_, index) => order(index, createdBy))
    const written = await transaction
      .insertInto('users')
      .values(users)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    await transaction
      .insertInto('orders')
      .values(orders)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    return Boolean(written.numInsertedOrUpdatedRows)
  })
}

function user(name: string, index: number) {
  // NFKD separates accents from their letters, so that the email address is ASCII.
  const local = name
    .normalize('NFKD')
    .replace(/[^A-Za-z ]/g, '')
    .toLowerCase()
    .replaceAll(' ', '.')
  return { id: userId(index), name, email: `${local}@example.${index % 2 === 0 ? 'com' : 'org'}` }
}

function order(index: number, createdBy: string) {
  const milliseconds = FIRST_ORDER + index * BETWEEN_ORDERS
  const random = createHash('sha256').update(`order ${index}`).digest().subarray(0, 10)
  return {
    id: uuidV7(milliseconds, random),
    // 7 and 50 have no common factor, so each user gets an order before the first user gets a second one.
    user_id: userId((index * 7) % NAMES.length),
    item: ITEMS[(index * 5) % ITEMS.length] ?? '',
    quantity: 1 + ((index * 3) % 7),
    created_at: new Date(milliseconds).toISOString(),
    created_by: createdBy,
    request_id: 'seed',
    trace_id: null,
  }
}

function userId(index: number): string {
  return `u-${String(index + 1).padStart(3, '0')}`
}

/** Fifty invented people. */
const NAMES = [
  'Aaliyah Thistledown',
  'Abebe Lanternwright',
  'Ágnes Pillangó-Berg',
  'Aiko Starwhistle',
  'Amara Cloudweaver',
  'Anselm Quillfeather',
  'Ayşe Moonharbour',
  'Bartholomew Teakettle',
  'Björn Snowpetal',
  'Caoimhe Willowbank',
  'Chidi Riverstone',
  'Citlali Emberglow',
  'Dalia Sandcastle',
  'Dmitri Clockmender',
  'Élodie Marchepierre',
  'Emeka Brightwater',
  'Esperanza Nightgarden',
  'Farid Saffronfield',
  'Fiadh Mistletoe',
  'Giacomo Pennywhistle',
  'Hana Paperlantern',
  'Hinemoa Tidesong',
  'Ibrahim Copperleaf',
  'Ingrid Frostberry',
  'Jakub Wintergreen',
  'Jing Bamboocourt',
  'José Solardilla',
  'Kalani Wavecrest',
  'Kwame Goldenreed',
  'Lakshmi Marigold',
  'Leilani Coralreef',
  'Mahmoud Dateblossom',
  'Maarja Birchsong',
  'Mateo Ravenbrook',
  'Min-jun Maplegate',
  'Nadia Plumfeather',
  'Ngozi Sunharvest',
  'Oluwaseun Drumvalley',
  'Pania Greenstone',
  'Priya Lotusbridge',
  'Quentin Bramblewick',
  'Rosalind Featherstone-Gale',
  'Sören Lighthouse',
  'Tariq Amberwell',
  'Thandiwe Skyorchard',
  'Umut Honeyhill',
  'Valentina Dovecote',
  'Wanjiru Acaciashade',
  'Yara Jadewater',
  'Zoë Thunderclover',
] as const

const ITEMS = [
  'Desk lamp',
  'Notebook, squared, A5',
  'Fountain pen',
  'Ink, blue, 50 ml',
  'Whiteboard marker',
  'Standing desk',
  'Office chair',
  'Tea, Assam, 250 g',
  'Coffee beans, 1 kg',
  'Mug, 300 ml',
  'Monitor, 27 inch',
  'Keyboard, quiet',
  'Headset',
  'USB-C cable, 2 m',
  'Potted fern',
  'Wall clock',
] as const
