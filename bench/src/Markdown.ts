/** Markdown for reports, which is readable in a terminal too. */

import { markdownTable } from "markdown-table"

type Row = ReadonlyArray<string>

/** A table with its first column aligned left, and all others right. */
export const table = (head: Row, rows: ReadonlyArray<Row>): string =>
  markdownTable([head, ...rows], { align: head.map((_, column) => (column === 0 ? "" : "right")) })

/** A number with up to three significant digits and separated thousands. */
export const figure = (value: number) => new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(value)

/** Paragraphs under a title. */
export const section = (title: string, ...paragraphs: ReadonlyArray<string>) =>
  [`### ${title}`, ...paragraphs].join("\n\n")
