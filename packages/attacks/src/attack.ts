import { runAttack } from './attack-command.ts'

const { isTTY = false, columns = Number(process.env.COLUMNS) || 100 } = process.stdout
const colors = isTTY && process.stdout.hasColors()
// From the first column, and nothing of the old line behind the new one, which must not be as long as the terminal is wide.
const overwrite = (line: string) =>
  process.stderr.write(`\r\u001b[K${line.slice(0, process.stderr.columns - 1)}`)

process.exitCode = await runAttack(process.argv.slice(2), {
  width: columns,
  colors,
  ...(process.stderr.isTTY && { overwrite }),
})
