import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cleanUp } from '@signet/testing/clean-up'

/** Takes the write lock of an SQLite file, says so, and has it until its standard input ends. */
const HOLDER = `
  const { DatabaseSync } = require('node:sqlite')
  const database = new DatabaseSync(process.argv[1])
  database.exec('begin immediate')
  console.log('held')
  process.stdin.resume().on('end', () => database.close())`

/** For tests: another process takes the write lock of an SQLite file, and has it until it is told to release it. */
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
