import type { SqliteStatement } from 'kysely'
import { expect, test, vi } from 'vitest'
import { cacheStatements } from './statement-cache.ts'

const statement: SqliteStatement = {
  reader: true,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
}

test('prepares a text once', () => {
  const prepare = vi.fn(() => ({ ...statement }))
  const cached = cacheStatements(prepare)
  expect(cached('select 1')).toBe(cached('select 1'))
  expect(cached('select 2')).not.toBe(cached('select 1'))
  expect(prepare.mock.calls).toEqual([['select 1'], ['select 2']])
})

test('forgets the oldest text beyond its limit', () => {
  const prepare = vi.fn(() => statement)
  const cached = cacheStatements(prepare, 2)
  for (const sql of ['a', 'b', 'c', 'b', 'c', 'a']) cached(sql)
  expect(prepare.mock.calls.flat()).toEqual(['a', 'b', 'c', 'a'])
})
