import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A program of this folder in a process of its own, which answers what it is asked. */
export type Child<Questions extends Handlers> = {
  ask<Name extends keyof Questions & string>(
    name: Name,
    ...args: Parameters<Questions[Name]>
  ): Promise<Awaited<ReturnType<Questions[Name]>>>
  stop(): Promise<void>
}

// biome-ignore lint/suspicious/noExplicitAny: any function may answer, and its own types reach `ask`.
type Handlers = Record<string, (...args: any[]) => unknown>

/** Starts `bench/<file>`; one question at a time. `ask` throws when the program throws or ends. */
export function startChild<Questions extends Handlers>(file: string, args: string[] = []): Child<Questions> {
  const child = fork(join(import.meta.dirname, file), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: ['--expose-gc'],
    // What was compiled once need not be again: a dozen servers start at once.
    env: { ...process.env, NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node') },
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ${args.join(' ')} has ended (${code})`)
  })
  ended.catch(() => {})

  return {
    async ask(name, ...words) {
      child.send({ name, words })
      const [{ answer, error }] = await Promise.race([once(child, 'message'), ended])
      if (error !== undefined) throw new Error(`${file} ${args.join(' ')}: ${error}`)
      return answer
    },
    stop: () => stop(child),
  }
}

/** The child's side: answers each question with the function of its name. */
export function answerParent(handlers: Handlers): void {
  process.on('message', async ({ name, words }: { name: string; words: unknown[] }) => {
    try {
      process.send?.({ answer: await handlers[name]?.(...words) })
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
