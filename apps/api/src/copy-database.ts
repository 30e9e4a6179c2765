import { ConfigError, start } from '@signet/service'
import { copyDatabase } from './database/copy.ts'
import { openDatabase } from './database/open.ts'

/** `npm run copy-database -- FROM_URL TO_URL`: moves to another database, or backs one up. */
await start(async () => {
  const [from, to, ...more] = process.argv.slice(2)
  if (!from || !to || more.length > 0)
    throw new ConfigError([{ name: '', message: 'Usage: npm run copy-database -- FROM_URL TO_URL' }])
  const source = await openDatabase({ url: from })
  const target = await openDatabase({ url: to })
  console.log(`copied ${await copyDatabase(source, target)} rows`)
})
