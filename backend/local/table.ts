/** One part of what runs, as a person wants to see it. */
export type Row = Readonly<{ part: string; state: string; where: string; from: string }>

/** The rows under their heads, in columns. */
export function tableOf(rows: readonly Row[]): string {
  const heads: Row = { part: 'part', state: 'state', where: 'where', from: 'from' }
  const columns = ['part', 'state', 'where', 'from'] as const
  const widths = columns.map((column) => Math.max(...[heads, ...rows].map((row) => row[column].length)))
  const lineOf = (row: Row) =>
    `  ${columns.map((column, index) => row[column].padEnd(widths[index]!)).join('  ')}`.trimEnd()
  const rule = `  ${widths.map((width) => '-'.repeat(width)).join('  ')}`
  return [lineOf(heads), rule, ...rows.map(lineOf)].join('\n')
}

/** An address without its user, password and path: what may be shown. */
export function whereOf(url: string | undefined): string {
  if (!url) return ''
  try {
    const { protocol, host } = new URL(url)
    return protocol.startsWith('http') ? `${protocol}//${host}` : host
  } catch {
    return ''
  }
}
