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
import { codeOf, isExpected, messageOf, UsageError } from './errors.ts'
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
 * Runs `keys` with its arguments and resolves to the exit status: 0 for success, 1 for refused or failed, 2 for a wrong
 * command line. An expected error is printed in one line that says what to do; any other error is thrown. A command that
 * succeeded but could not write its history has failed, too.
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
    if (codeOf(error) === 'usage') return tell(printError, usageOf(error as UsageError, command, name), 2)
    if (isExpected(error)) return tell(printError, messageOf(error), 1)
    throw error
  }
}

type Output = { printError?: (line: string) => void }

/** A command that fails after a change records the failure, too: a person will want to know how far it came. */
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
    const fault = history.fault()
    if (fault) printError(`The change was made, but could not be written to the history: ${fault.message}`)
  }
  return history.fault() ? 1 : status
}

/** A person who types the command sees nothing until they give input, so a line says that the command waits for it. */
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
  return `Usage: npm run keys -- ${usage}\n\n${summary}.\n\n${help}\n\n${ALL_COMMANDS}`
}

function overview(): string {
  const commands = [...COMMANDS.values()].map(({ usage, summary }) => `  ${usage}\n      ${summary}`)
  return `Usage: npm run keys -- COMMAND\n\n${commands.join('\n')}\n\nAPP is an application's name or ID. Help for one command: npm run keys -- COMMAND --help\n\n${ALL_COMMANDS}`
}

const ALL_COMMANDS = `With every command:
  --applications FILE  the application registry (applications.json)
  --secrets DIR        the folder of keys and certificates (secrets)`
