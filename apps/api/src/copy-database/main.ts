import { parseArgs } from 'node:util'
import { start } from '@signet/service'
import { copyDatabase } from './copy.ts'
import { openSource, openTarget } from './copy-ends.ts'

const USAGE = `Usage: npm run copy-database -- FROM_URL TO_URL [--replace]

Copies all rows of a database into an empty one, to back it up, restore it or move it, and reads the copy
back. An SQLite file that it makes is complete: no log is left beside it. The API may use FROM_URL meanwhile.

  FROM_URL, TO_URL  file:PATH or postgres://USER@HOST/DATABASE
  --replace         drop what TO_URL holds, once the copy is complete

Exit status: 0 done, 1 refused or failed, and TO_URL holds what it held, 2 the command line is wrong.`

const { words, values } = read(process.argv.slice(2))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

await start(async () => {
  const [from = '', to = ''] = words
  const source = await openSource(from, to)
  const target = await openTarget(to, values)
  try {
    const contents = await copyDatabase(source, target.db, values)
    await target.finish(contents)
    const lines = Object.entries(contents).map(([table, { rows, digest }]) => ({ table, rows, digest }))
    for (const { table, rows, digest } of lines)
      console.log(`${table.padEnd(16)} ${String(rows).padStart(8)} rows, digest ${digest}`)
    const sum = lines.reduce((total, { rows }) => total + rows, 0)
    console.log(`Copied ${sum} rows, and read the same back.`)
  } finally {
    target.discard()
    await source.destroy()
  }
})

/** The command line. Prints what is wrong with it, or its help, and exits. */
function read(args: string[]) {
  const options = { replace: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
  try {
    const { values, positionals: words } = parseArgs({ args, options, allowPositionals: true })
    if (values.help) return exit(0, USAGE)
    if (words.length < 2) return exit(2, `${words[0] ? 'TO_URL' : 'FROM_URL'} is missing.\n\n${USAGE}`)
    // The word itself may hold a password.
    if (words.length > 2) return exit(2, `There are more than two URLs.\n\n${USAGE}`)
    return { words, values }
  } catch (error) {
    return exit(2, `${(error as Error).message}\n\n${USAGE}`)
  }
}

function exit(status: number, text: string): never {
  if (status === 0) console.log(text)
  else console.error(text)
  process.exit(status)
}
