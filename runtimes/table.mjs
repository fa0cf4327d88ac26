/** Columns as wide as what stands in them. */
export function printTable(rows) {
  const cells = rows.map(row => row.map(String))
  const widths = cells[0].map((_, column) => Math.max(...cells.map(row => row[column].length)))
  for (const row of cells) {
    const line = row.map((cell, column) => cell.padEnd(widths[column])).join('  ')
    console.log(line.trimEnd())
  }
}
