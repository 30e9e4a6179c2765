import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A program of this folder that runs in a process of its own. The parent calls its methods by messages. */
export type Child<Methods extends Handlers> = {
  call<Name extends keyof Methods & string>(
    name: Name,
    ...args: Parameters<Methods[Name]>
  ): Promise<Awaited<ReturnType<Methods[Name]>>>
  stop(): Promise<void>
}

// biome-ignore lint/suspicious/noExplicitAny: a method can have any signature, and `call` gives it its own types.
type Handlers = Record<string, (...args: any[]) => unknown>

/** Starts `bench/<file>`. It handles one call at a time. `call` throws when the program throws or ends. */
export function startChild<Methods extends Handlers>(file: string, args: string[] = []): Child<Methods> {
  const child = fork(join(import.meta.dirname, file), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: ['--expose-gc'],
    // A dozen servers start at once, so compiled code is cached on disk.
    env: { ...process.env, NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node') },
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ${args.join(' ')} has ended (${code})`)
  })
  ended.catch(() => {})

  return {
    async call(name, ...parameters) {
      child.send({ name, parameters })
      const [{ result, error }] = await Promise.race([once(child, 'message'), ended])
      if (error !== undefined) throw new Error(`${file} ${args.join(' ')}: ${error}`)
      return result
    },
    stop: () => stop(child),
  }
}

/** The child's side: handles each call of the parent with the method of that name. */
export function handleCalls(methods: Handlers): void {
  process.on('message', async ({ name, parameters }: { name: string; parameters: unknown[] }) => {
    try {
      process.send?.({ result: await methods[name]?.(...parameters) })
    } catch (error) {
      process.send?.({ error: String((error as Error).stack) })
    }
  })
  process.on('disconnect', () => process.exit())
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
