import { readFileSync } from 'node:fs'
import { isatty } from 'node:tty'
import { parseArgs } from 'node:util'
import { generateKeyPair } from '@signet/auth'
import type { Command, Context } from './command.ts'
import { add } from './commands/add.ts'
import { check } from './commands/check.ts'
import { explain } from './commands/explain.ts'
import { deny, grant } from './commands/grant.ts'
import { history, openHistory } from './commands/history.ts'
import { list } from './commands/list.ts'
import { provision } from './commands/provision.ts'
import { remove } from './commands/remove.ts'
import { retire } from './commands/retire.ts'
import { revoke } from './commands/revoke.ts'
import { rotate } from './commands/rotate.ts'
import { isExpected, messageOf, UsageError } from './errors.ts'
import { placesOf } from './places.ts'

const COMMANDS = new Map(
  Object.entries({
    ...{ provision, add, grant, deny, rotate, retire, revoke, remove },
    ...{ list, history, check, explain },
  }),
)

const PLACES = {
  applications: { type: 'string' },
  secrets: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/**
 * Runs `keys` with its arguments and answers the exit status: 0 for done, 1 for refused or failed, 2 for a command line
 * that is wrong. What is expected to go wrong is told in a line that says what to mend; anything else is thrown. A command
 * that did its work, and whose history could not be written, has failed, too.
 */
export async function runKeys(
  args: readonly string[],
  options: Partial<Omit<Context, 'record'>> & Output = {},
): Promise<number> {
  const { print = console.log, printError = console.error, now = Date.now } = options
  const { newKeyPair = generateKeyPair, readInput = readStandardInput } = options
  const [name, ...rest] = args
  const command = COMMANDS.get(name ?? '')
  try {
    if (name === 'help' || name === '--help' || name === '-h') return tell(print, overview())
    if (!command) throw new UsageError(name ? `There is no command "${name}".` : 'Which command?')
    const { positionals: words, values } = parse(command, rest)
    if (values.help) return tell(print, helpOf(command))
    if (words.length < command.words.least) throw new UsageError('Something is missing.')
    if (words.length > command.words.most)
      throw new UsageError(`"${words[command.words.most]}" is one word too many.`)
    const places = placesOf(values as Parameters<typeof placesOf>[0])
    const history = openHistory({ file: places.history, command: name ?? '', now })
    const { record } = history
    const run = () => command.run({ places, print, now, newKeyPair, readInput, record }, words, values)
    return await runRecorded(run, history, printError)
  } catch (error) {
    if (error instanceof UsageError) return tell(printError, usageOf(error, command, name), 2)
    if (isExpected(error)) return tell(printError, messageOf(error), 1)
    throw error
  }
}

/** What a command leaves half done is for the history, too: somebody will have to find out. */
async function runRecorded(
  run: () => Promise<number> | number,
  history: ReturnType<typeof openHistory>,
  printError: (line: string) => void,
): Promise<number> {
  let status = 1
  try {
    status = await run()
  } catch (error) {
    history.recordFailure(error as Error)
    throw error
  } finally {
    if (history.fault())
      printError(`The change was made, and could not be recorded: ${history.fault()?.message}`)
  }
  return history.fault() ? 1 : status
}

type Output = { printError?: (line: string) => void }

/** A person who typed the command waits for it to answer, and it waits for them. */
function readStandardInput(): string {
  if (isatty(0)) console.error('Paste the token, then press Enter and Ctrl-D.')
  return readFileSync(0, 'utf8')
}

function parse(command: Command, args: string[]) {
  try {
    return parseArgs({ args, options: { ...command.options, ...PLACES }, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function tell(print: (line: string) => void, text: string, status = 0): number {
  print(text)
  return status
}

function usageOf(error: UsageError, command: Command | undefined, name: string | undefined): string {
  if (!command) return `${error.message}\n\n${overview()}`
  return `${error.message}\nUsage: npm run keys -- ${command.usage}\nMore: npm run keys -- ${name} --help`
}

function helpOf({ usage, summary, help }: Command): string {
  return `Usage: npm run keys -- ${usage}\n\n${summary}.\n\n${help}\n\n${EVERYWHERE}`
}

function overview(): string {
  const commands = [...COMMANDS.values()].map(({ usage, summary }) => `  ${usage}\n      ${summary}`)
  return `Usage: npm run keys -- COMMAND\n\n${commands.join('\n')}\n\nAPP is an application's name or ID. Help for one: npm run keys -- COMMAND --help\n\n${EVERYWHERE}`
}

const EVERYWHERE = `With every command:
  --applications FILE  the application registry (applications.json)
  --secrets DIR        where keys and certificates stand (secrets)`
