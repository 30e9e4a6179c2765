import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Env } from '@signet/testing/service'
import type { Sent } from './sent.ts'

export type Load = ReturnType<typeof startLoad>

/** An application that calls the API, in a process of its own, until `stop` answers all that it sent. */
export function startLoad(env: Env) {
  const child = fork(join(import.meta.dirname, 'application.ts'), {
    env: { ...env },
    serialization: 'advanced',
  })
  return {
    async stop(): Promise<Sent[]> {
      if (child.connected) child.send('stop')
      // A process that has failed sends nothing.
      const [sent] = child.connected ? await Promise.race([once(child, 'message'), once(child, 'exit')]) : []
      if (!Array.isArray(sent)) throw new Error(`${env.NAME} has ended`)
      return sent
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
