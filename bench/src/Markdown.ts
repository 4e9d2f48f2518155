/** The Markdown that reports are made of, which a terminal shows as well. */

type Row = ReadonlyArray<string>

/** A table whose columns are padded as the formatter of this repository pads them. All but the first align right. */
export const table = (head: Row, rows: ReadonlyArray<Row>): string => {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (cells: Row) => `| ${cells.join(" | ")} |`
  const padded = (row: Row) =>
    line(
      widths.map((width, column) => (column === 0 ? (row[0] ?? "").padEnd(width) : (row[column] ?? "").padStart(width)))
    )
  const rule = line(widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)))
  return [padded(head), rule, ...rows.map(padded)].join("\n")
}

/** Up to three significant digits, thousands apart. */
export const figure = (value: number) => new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(value)

/** Paragraphs under a title. */
export const section = (title: string, ...paragraphs: ReadonlyArray<string>) =>
  [`### ${title}`, ...paragraphs].join("\n\n")
