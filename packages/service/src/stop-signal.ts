import type { Log } from './log.ts'

/** Resolves when the process is asked to stop. Being asked again ends it at once, with exit code 1. */
export function stopSignal(log: Log): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let asked: number | undefined

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop)
  return promise

  function stop(signal: NodeJS.Signals): void {
    if (asked === undefined) {
      asked = performance.now()
      log.info({ signal }, 'stopping')
      resolve()
    } else if (performance.now() - asked > ECHO) {
      process.exit(1)
    }
  }
}

/** Milliseconds. One Ctrl-C comes twice under a process runner: from the terminal and from the runner. */
const ECHO = 500
