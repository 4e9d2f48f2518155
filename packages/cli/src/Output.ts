/**
 * Writes the result of a command to standard output: as a table on a terminal, as plain lines on a pipe, or as JSON or YAML.
 */
import { displayWidth } from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import * as Printable from "./Printable.ts"
import type { formats } from "./RootCommand.ts"
import { wrap } from "./WordWrap.ts"

/** A document for JSON and YAML. */
export interface Document {
  readonly [key: string]: Json
}

/** The headings of a table, and rows with a cell for each of them. Plain lines have the rows only. */
interface Table {
  readonly columns: Row
  readonly rows: ReadonlyArray<Row>
}

/** A result as a document and as a table. */
export interface Result extends Table {
  readonly data: Document
}

type Row = ReadonlyArray<string>

type Json = string | number | boolean | null | ReadonlyArray<Json> | { readonly [key: string]: Json }

type DocumentFormat = "json" | "yaml"

/** A format that the user can choose, or `"lines"`: one line for each row, with tabs between the cells. */
export type Format = (typeof formats)[number] | "lines"

/** Whether a format is one of those for programs. */
export const isDocument = (format: Format): format is DocumentFormat => format === "json" || format === "yaml"

/** Standard output can't be written. */
export class OutputFailed extends Schema.TaggedError<OutputFailed>("@metal-otp/cli/OutputFailed")("OutputFailed", {
  /** Whether its reader has closed the pipe, as `head` does. */
  closed: Schema.Boolean
}) {
  override get message(): string {
    return "The result could not be written to standard output."
  }
}

const widthOf = (rows: ReadonlyArray<Row>, index: number) =>
  Math.max(...rows.map((row) => displayWidth(row[index] ?? "")))

/** Wraps the last cell of a row, and continues it in rows below whose other cells are empty. */
const wrapLastCell = (row: Row, width: number): ReadonlyArray<Row> => {
  const [text = "", ...below] = wrap(row.at(-1) ?? "", width)
  const blank = row.slice(1).map(() => "")
  return [[...row.slice(0, -1), text], ...below.map((more) => blank.concat(more))]
}

/** Renders a table of at most `width` columns. It wraps the last cell of each row only; a longer word sticks out. */
const renderTable = ({ columns, rows }: Table, width: number) => {
  const [head = [], ...body] = [columns, ...rows].map((row) => row.map(Printable.printable))
  const otherColumns = columns
    .slice(1)
    .reduce((sum, _, index) => sum + widthOf([head, ...body], index) + " | ".length, 0)
  const lastColumn = Math.max(10, width - otherColumns - "|  |".length)
  const lines = body.flatMap((row) => wrapLastCell(row, lastColumn))
  const widths = columns.map((_, index) =>
    Math.min(index === columns.length - 1 ? lastColumn : Infinity, widthOf([head, ...lines], index))
  )
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`
  const renderRow = (row: Row) =>
    `| ${row.map((cell, index) => cell + " ".repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(cell)))).join(" | ")} |`
  return [rule, renderRow(head), rule, ...lines.map(renderRow), rule].join("\n")
}

/** Renders YAML. Every string is quoted, so that no reader takes it for a number or a boolean. */
const renderYaml = (value: Json, indent: string): string => {
  if (Array.isArray(value)) {
    return value.length === 0
      ? " []"
      : value.map((item) => `\n${indent}- ${renderYaml(item, `${indent}  `).trimStart()}`).join("")
  }
  if (!Predicate.isObject(value)) {
    return ` ${Predicate.isString(value) ? Printable.yamlString(value) : JSON.stringify(value)}`
  }
  return Object.entries(value)
    .map(([key, item]) => `\n${indent}${key}:${renderYaml(item, `${indent}  `)}`)
    .join("")
}

const renderDocument = (document: Document, format: DocumentFormat): string =>
  format === "json"
    ? `${Printable.json(JSON.stringify(document, null, 2))}\n`
    : `${renderYaml(document, "").trimStart()}\n`

/**
 * Renders a result as text that ends with a line break.
 *
 * @param result the result
 * @param format the format
 * @param width the width for a table, in columns
 */
export const render = (result: Result, format: Format, width: number = Infinity): string => {
  if (isDocument(format)) return renderDocument(result.data, format)
  return format === "table"
    ? `${renderTable(result, width)}\n`
    : result.rows.map((row) => `${row.map(Printable.field).join("\t")}\n`).join("")
}

/** Returns the format that the user has chosen, or the default: a table on a terminal, plain lines on a pipe. */
export const formatFor = (chosen: Option.Option<Format>): Effect.Effect<Format, never, Stdio.Stdio> =>
  Option.match(chosen, {
    onSome: Effect.succeed,
    onNone: () =>
      Effect.map(
        Effect.flatMap(Stdio.Stdio, (stdio) => stdio.stdoutIsTerminal),
        (isTerminal) => (isTerminal ? "table" : "lines")
      )
  })

const isBrokenPipe = (error: unknown): boolean =>
  Predicate.isObject(error) &&
  ((Predicate.hasProperty(error, "code") && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED")) ||
    (Predicate.hasProperty(error, "reason") && isBrokenPipe(error.reason)) ||
    (Predicate.hasProperty(error, "cause") && isBrokenPipe(error.cause)))

/** Writes a text of this program itself to standard output unchanged, with its colors and styles. */
export const writeStyled = (text: string): Effect.Effect<void, OutputFailed, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, (stdio) =>
    Effect.mapError(
      Stream.run(Stream.make(text), stdio.stdout()),
      (error) => new OutputFailed({ closed: isBrokenPipe(error) })
    )
  )

/** Writes a text to standard output, with each unsafe character escaped but line breaks and tabs. */
export const write = (text: string): Effect.Effect<void, OutputFailed, Stdio.Stdio> =>
  writeStyled(Printable.printableLines(text))

/** Writes one of many documents to standard output. In YAML, a line `---` begins each of them. */
export const writeNextDocument = (
  document: Document,
  format: DocumentFormat
): Effect.Effect<void, OutputFailed, Stdio.Stdio> =>
  write((format === "yaml" ? "---\n" : "") + renderDocument(document, format))

/** Writes a JSON or YAML document to standard output. */
export const writeDocument = (
  document: Document,
  format: DocumentFormat
): Effect.Effect<void, OutputFailed, Stdio.Stdio> => write(renderDocument(document, format))
