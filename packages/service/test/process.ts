import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Starts `service.fixture.ts` as a process. It is killed when the test is over. */
export function startFixture(env: Record<string, string> = {}) {
  const file = join(import.meta.dirname, 'service.fixture.ts')
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'close').then(([code]) => code as number | null)
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })

  return {
    exited,
    printed,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    output: () => output,
    errors: () => errors,
    /** Closes standard output and standard error, as happens when a terminal is closed. Resolves when both are closed. */
    async closeOutputs() {
      const closed = [child.stdout, child.stderr].map((output) => once(output.destroy(), 'close'))
      await Promise.all(closed)
    },
    /** Resolves to the port when the service listens. */
    port: async () => Number((await printed(/listening on https?:\/\/localhost:(\d+)/))[1]),
  }

  /** Resolves when the output matches. Throws if the process ends before. */
  async function printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(output)
      if (found) return found
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`ended early: ${output}${errors}`)
      await Promise.race([once(child.stdout, 'data'), exited])
    }
  }
}
