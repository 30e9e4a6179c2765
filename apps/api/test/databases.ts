import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanUp } from '@signet/testing/clean-up'
import pg from 'pg'
import { describe } from 'vitest'
import type { Db } from '../src/database/db.ts'
import { openDatabase } from '../src/database/open.ts'

/** An empty database for one test. It is dropped, and its connections are closed, at the end of the test. */
export type TestDatabase = { url: string; open(): Promise<Db> }

const POSTGRES = process.env.DATABASE_URL?.startsWith('postgres')
  ? process.env.DATABASE_URL
  : 'postgres://postgres@127.0.0.1:5432/test'
const absence = await ask('select 1').then(() => undefined, String)
if (absence && process.env.CI === 'true')
  throw new Error(`The tests need PostgreSQL at ${host()}: ${absence}`)
if (absence) console.warn(`Tests on PostgreSQL are skipped: nothing usable at ${host()}: ${absence}`)

/** The same tests on each database. Without PostgreSQL its half is skipped, or fails if CI=true. */
export function describeDatabases(name: string, tests: (create: () => Promise<TestDatabase>) => void): void {
  describe(`${name} (SQLite)`, () => tests(sqlite))
  describePostgres(`${name} (PostgreSQL)`, tests)
}

export function describePostgres(name: string, tests: (create: () => Promise<TestDatabase>) => void): void {
  describe.skipIf(absence)(name, () => tests(postgres))
}

async function sqlite(): Promise<TestDatabase> {
  return opener(`file:${join(temporaryFolder(), 'test.sqlite')}`)
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signet-database-'))
  cleanUp(() => rmSync(folder, { recursive: true }))
  return folder
}

async function postgres(): Promise<TestDatabase> {
  const schema = `test_${randomBytes(8).toString('hex')}`
  await ask(`create schema ${schema}`)
  cleanUp(() => ask(`drop schema ${schema} cascade`))
  const url = new URL(POSTGRES)
  url.searchParams.set('options', `-c search_path=${schema}`)
  // With this name a test finds its own connections.
  url.searchParams.set('application_name', schema)
  return opener(url.href)
}

/** Creates a whole database and returns its URL. `definition` is added to `create database …`. */
export async function createWholeDatabase(definition = ''): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`
  await ask(`create database ${name} template template0 ${definition}`)
  cleanUp(() => ask(`drop database ${name} with (force)`))
  return Object.assign(new URL(POSTGRES), { pathname: `/${name}` }).href
}

/** Milliseconds. A busy machine may need more time than the time limit of a request. */
const TIMEOUTS = { connection: 60_000, statement: 60_000 }

function opener(url: string): TestDatabase {
  return {
    url,
    async open() {
      const db = await openDatabase({ url, timeouts: TIMEOUTS })
      cleanUp(() => db.destroy())
      return db
    },
  }
}

async function ask(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: POSTGRES, connectionTimeoutMillis: 3_000 })
  try {
    await client.connect()
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function host(): string {
  return new URL(POSTGRES).host
}

/** Takes the write lock of an SQLite file, prints a line, and holds the lock until its standard input ends. */
const HOLDER = `
  const { DatabaseSync } = require('node:sqlite')
  const database = new DatabaseSync(process.argv[1])
  database.exec('begin immediate')
  console.log('held')
  process.stdin.resume().on('end', () => database.close())`

/** Starts a process that takes the write lock of an SQLite file and holds it until `release` is called. */
export async function holdLock(path: string) {
  const holder = spawn(process.execPath, ['--eval', HOLDER, path], { stdio: ['pipe', 'pipe', 'inherit'] })
  cleanUp(() => holder.kill())
  await once(holder.stdout, 'data')
  return {
    async release() {
      const exited = once(holder, 'exit')
      holder.stdin.end()
      await exited
    },
  }
}
