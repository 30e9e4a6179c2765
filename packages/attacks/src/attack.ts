import { runAttack } from './attack-command.ts'

const { isTTY = false, columns } = process.stdout
const terminal = isTTY ? { width: columns, colors: process.stdout.hasColors() } : {}

process.exitCode = await runAttack(process.argv.slice(2), terminal)
