import { parseArgs } from 'node:util'

export type Options = {
  command: 'compare' | 'soak'
  quick: boolean
  json: boolean
  help: boolean
  minutes: number
}

/** A command line that is wrong; the message says where. */
export class OptionsError extends Error {
  readonly code = 'options_invalid'
}

export const HELP = `Usage: npm run bench -- [soak] [options]

Measures what authentication costs, here and with what one would pick instead: all of them in turn, on this machine.
Prints a table, and writes docs/benchmarks.md and docs/images/benchmarks.svg. Takes about ten minutes.

  soak           mixed traffic with key rotations against the API: does its memory stay flat?
  --minutes N    how long the soak takes (2; at most 60)
  --quick        a rough run, in less than 40 seconds
  --json         print the results as JSON and write no file (with npm run -s, nothing else)
  --help         this text

Progress goes to standard error.`

/** Reads the command line. Throws OptionsError. */
export function readOptions(args: string[]): Options {
  const { values, positionals } = parse(args)
  const [command = 'compare', ...more] = positionals
  if ((command !== 'soak' && positionals.length > 0) || more.length > 0)
    throw new OptionsError(`There is no command "${positionals.join(' ')}".`)
  const { quick, json, help, minutes } = values
  if (command === 'soak' && quick) throw new OptionsError('--quick is not for soak: use --minutes.')
  if (command !== 'soak' && minutes !== undefined) throw new OptionsError('--minutes is for soak.')
  return { command: command as Options['command'], quick, json, help, minutes: readMinutes(minutes) }
}

function parse(args: string[]) {
  try {
    const flag = { type: 'boolean', default: false } as const
    const options = {
      quick: flag,
      json: flag,
      help: { ...flag, short: 'h' },
      minutes: { type: 'string' },
    } as const
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new OptionsError((error as Error).message)
  }
}

function readMinutes(text = '2'): number {
  const minutes = Number(text)
  if (!/^\d+(\.\d+)?$/.test(text) || minutes <= 0 || minutes > 60)
    throw new OptionsError(`--minutes: "${text}" is not a number of minutes up to 60.`)
  return minutes
}
