import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Outcome, run } from '@signet/testing/run'

const KEYS = join(import.meta.dirname, '../../scripts/keys.ts')

export type Operator = ReturnType<typeof createOperator>

/** Who runs `npm run keys -- …`, by hand as it were, and does what it says. Throws when it fails. */
export function createOperator({ applications, secrets, say }: Place) {
  const runKeys = (command: string, ...words: string[]): Promise<Outcome> =>
    run(process.execPath, [KEYS, command, ...words, '--applications', applications, '--secrets', secrets])

  async function keys(command: string, ...words: string[]): Promise<void> {
    const { status, errors } = await runKeys(command, ...words)
    if (status !== 0) throw new Error(`keys ${command} ${words[0] ?? ''}: ${errors}`)
  }

  return {
    keys,
    /** Tries again when `retire` says so. */
    async retire(name: string, ...options: string[]): Promise<void> {
      for (;;) {
        const { status, errors } = await runKeys('retire', name, ...options)
        if (status === 0) return
        const [, seconds] = /Try again in (\d+) s/.exec(errors) ?? []
        if (seconds === undefined) throw new Error(`keys retire ${name}: ${errors}`)
        say(`not yet: ${errors.trim()}`)
        await setTimeout(Number(seconds) * 1000)
      }
    },
    /** Resolves to the time at which the key was gone (milliseconds since 1970), once the command is done. */
    async revoke(name: string, keyFile: string): Promise<number> {
      const done = keys('revoke', name)
      while (existsSync(keyFile)) await Promise.race([done, setTimeout(1)])
      const goneAt = Date.now()
      await done
      return goneAt
    },
  }
}

type Place = { applications: string; secrets: string; say: (text: string) => void }
