import { runAttack } from './attack-command.ts'

const { isTTY = false, columns = Number(process.env.COLUMNS) || 100 } = process.stdout
const colors = isTTY && process.stdout.hasColors()
// Goes to the first column, deletes the old line and writes the new one. It is cut, so that the terminal does not wrap it.
const overwrite = (line: string) =>
  process.stderr.write(`\r\u001b[K${line.slice(0, process.stderr.columns - 1)}`)

process.exitCode = await runAttack(process.argv.slice(2), {
  width: columns,
  colors,
  ...(process.stderr.isTTY && { overwrite }),
})
