/** The Markdown that reports are made of, which a terminal shows as well. */

import { markdownTable } from "markdown-table"

type Row = ReadonlyArray<string>

/** A table whose first column aligns left, and all others right. */
export const table = (head: Row, rows: ReadonlyArray<Row>): string =>
  markdownTable([head, ...rows], { align: head.map((_, column) => (column === 0 ? "" : "right")) })

/** Up to three significant digits, thousands apart. */
export const figure = (value: number) => new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(value)

/** Paragraphs under a title. */
export const section = (title: string, ...paragraphs: ReadonlyArray<string>) =>
  [`### ${title}`, ...paragraphs].join("\n\n")
