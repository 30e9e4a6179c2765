import { setTimeout } from 'node:timers/promises'
import { runKeys } from '../keys/command-line.ts'
import { codeOf } from '../keys/errors.ts'
import { otherThan, type Ports, portFaults, readOptions, untilListening } from './ports.ts'
import { runPrograms } from './run-programs.ts'
import { type System, unusedVariables } from './systems.ts'

/** Starts a system with the arguments of its command, and resolves to its exit status: 2 for a wrong command line. */
export async function start(system: System, args: readonly string[]): Promise<number> {
  const ports = read(system, args)
  if (typeof ports === 'number') return ports
  const unused = unusedVariables(process.env, system.command)
  if (unused) console.error(unused)
  const faults = await portFaults(system.ports(ports))
  const hint = `Stop the program that uses it, or use other ports: ${system.command} -- --port ${otherThan(ports.api)}`
  if (faults.length > 0) return tell(console.error, [...faults, hint].join('\n'), 1)
  return (system.provisioned && (await provision())) || (await run(system, ports))
}

/** The ports, or the exit status if there is nothing to start. */
function read({ command, help: text }: System, args: readonly string[]): Ports | number {
  try {
    const { ports, help } = readOptions(args)
    return help ? tell(console.log, `Usage: ${command} -- [--port N]\n\n${text}`, 0) : ports
  } catch (error) {
    if (codeOf(error) !== 'usage') throw error
    return tell(console.error, `${(error as Error).message}\nMore: ${command} -- --help`, 2)
  }
}

/** Makes the keys that are missing. Mostly none is missing, and then nothing is printed. */
function provision(): Promise<number> {
  return runKeys(['provision'], { print: (line) => line !== 'nothing to do' && console.log(line) })
}

async function run(system: System, ports: Ports): Promise<number> {
  const stopping = new AbortController()
  void welcome(system, ports, stopping.signal)
  return runPrograms(system.programs(ports), stopping)
}

/** Prints the addresses when all servers listen. The pause lets the log lines of the services come first. */
async function welcome(system: System, ports: Ports, stopping: AbortSignal): Promise<void> {
  await Promise.all(system.ports(ports).map((port) => untilListening(port, stopping)))
  await setTimeout(100)
  if (!stopping.aborted) console.log(system.welcome(ports))
}

function tell(print: (text: string) => void, text: string, status: number): number {
  print(text)
  return status
}
