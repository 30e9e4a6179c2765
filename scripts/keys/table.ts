/** Rows in columns as wide as their widest cell. A cell may hold several lines. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) =>
    Math.max(...all.flatMap((row) => linesOf(row[column]).map((line) => line.length))),
  )
  return all.map((row) => linesOfRow(row, widths)).join('\n')
}

function linesOfRow(row: readonly string[], widths: readonly number[]): string {
  const height = Math.max(...row.map((cell) => linesOf(cell).length))
  const lines = Array.from({ length: height }, (_, line) =>
    widths
      .map((width, column) => (linesOf(row[column])[line] ?? '').padEnd(width))
      .join('  ')
      .trimEnd(),
  )
  return lines.join('\n')
}

function linesOf(cell = ''): string[] {
  return cell.split('\n')
}
