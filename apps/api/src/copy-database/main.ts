import { parseArgs } from 'node:util'
import { start } from '@signet/service'
import { copyDatabase } from './copy.ts'
import { openSource, openTarget } from './source-and-target.ts'

const USAGE = `Usage: npm run copy-database -- FROM_URL TO_URL [--replace]

Copies all rows of a database into an empty one, to back it up, restore it or move it, and reads the copy
back. An SQLite file that it makes is complete and has no log. The API may use FROM_URL meanwhile.

  FROM_URL, TO_URL  file:PATH or postgres://USER@HOST/DATABASE
  --replace         drop the rows of TO_URL when the copy is complete

Exit status: 0 done, 1 refused or failed (TO_URL is unchanged), 2 the command line is wrong.`

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

/** Reads the command line. If it is wrong or asks for help, prints the reason or the help and exits. */
function read(args: string[]) {
  const options = { replace: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
  try {
    const { values, positionals: words } = parseArgs({ args, options, allowPositionals: true })
    if (values.help) return exit(0, USAGE)
    if (words.length < 2) return exit(2, `${words[0] ? 'TO_URL' : 'FROM_URL'} is missing.\n\n${USAGE}`)
    // The surplus argument is not printed, because it may hold a password.
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
