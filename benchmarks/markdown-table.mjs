/** A Markdown table whose columns also line up in a terminal. */
export function markdownTable(head, rows) {
  const lines = [head, ...rows].map(cells => cells.map(String))
  const widths = head.map((_, column) => Math.max(...lines.map(cells => cells[column].length)))
  const line = cells => `| ${cells.map((cell, column) => cell.padStart(widths[column])).join(' | ')} |`
  const rule = `|${widths.map(width => `${'-'.repeat(width + 1)}:`).join('|')}|`
  return [line(lines[0]), rule, ...lines.slice(1).map(line)].join('\n')
}
