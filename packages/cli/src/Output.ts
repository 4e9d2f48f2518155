/**
 * The result of a command, on standard output: a table for people, lines for
 * pipes, JSON and YAML for programs.
 */
import { displayWidth } from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { fold } from "./Fold.ts"
import * as Printable from "./Printable.ts"
import type { formats } from "./Root.ts"

/** A result in all its shapes. */
export interface Result {
  /** For JSON and YAML. */
  readonly data: { readonly [key: string]: Json }
  /** For a table: the headings, and rows of as many cells. */
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
}

type Json = string | number | boolean | null | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** `lines`: the cells of a row as `Printable.field` has them, with tabs between; the default where nobody looks. */
export type Format = (typeof formats)[number] | "lines"

/** Standard output can't be written. `closed`: whoever read it has gone away, as `head` does. */
export class OutputFailed extends Schema.TaggedError<OutputFailed>("@metal-otp/cli/OutputFailed")("OutputFailed", {
  closed: Schema.Boolean
}) {
  override get message(): string {
    return "The result could not be written to standard output."
  }
}

type Row = ReadonlyArray<string>

const widthOf = (rows: ReadonlyArray<Row>, index: number) =>
  Math.max(...rows.map((row) => displayWidth(row[index] ?? "")))

// What does not fit goes on below, in the last column.
const foldLast = (row: Row, width: number): ReadonlyArray<Row> => {
  const [text = "", ...below] = fold(row.at(-1) ?? "", width)
  const blank = row.slice(1).map(() => "")
  return [[...row.slice(0, -1), text], ...below.map((more) => blank.concat(more))]
}

const table = (columns: Row, rows: ReadonlyArray<Row>, width: number) => {
  const [head = [], ...body] = [columns, ...rows].map((row) => row.map(Printable.printable))
  const others = columns.slice(1).reduce((sum, _, index) => sum + widthOf([head, ...body], index) + " | ".length, 0)
  const room = Math.max(10, width - others - "|  |".length)
  const lines = body.flatMap((row) => foldLast(row, room))
  const fitting = (index: number) => (index === columns.length - 1 ? room : Infinity)
  // A word that is longer than its column sticks out alone.
  const widths = columns.map((_, index) => Math.min(fitting(index), widthOf([head, ...lines], index)))
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`
  const show = (row: Row) =>
    `| ${row.map((cell, index) => cell + " ".repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(cell)))).join(" | ")} |`
  return [rule, show(head), rule, ...lines.map(show), rule].join("\n")
}

// A JSON string is a YAML string too, and never taken for a number or a boolean.
const yaml = (value: Json, indent: string): string => {
  if (Array.isArray(value)) {
    return value.length === 0
      ? " []"
      : value.map((item) => `\n${indent}- ${yaml(item, `${indent}  `).trimStart()}`).join("")
  }
  if (!Predicate.isObject(value)) {
    return ` ${Predicate.isString(value) ? Printable.yamlString(value) : JSON.stringify(value)}`
  }
  return Object.entries(value)
    .map(([key, item]) => `\n${indent}${key}:${yaml(item, `${indent}  `)}`)
    .join("")
}

/**
 * A result as text, with a line break at its end.
 *
 * @param result what there is to say
 * @param format in which shape
 * @param width how many columns there are for a table
 */
export const render = ({ columns, data, rows }: Result, format: Format, width: number = Infinity): string => {
  switch (format) {
    case "json":
      return `${Printable.json(JSON.stringify(data, null, 2))}\n`
    case "yaml":
      return `${yaml(data, "").trimStart()}\n`
    case "table":
      return `${table(columns, rows, width)}\n`
    case "lines":
      return rows.map((row) => `${row.map(Printable.field).join("\t")}\n`).join("")
  }
}

/** The shape that was asked for, or the one that fits: a table on a terminal, lines elsewhere. */
export const formatFor = (asked: Option.Option<Format>): Effect.Effect<Format, never, Stdio.Stdio> =>
  Option.match(asked, {
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

/**
 * Writes to standard output what this program has made itself, with the styles
 * of a terminal in it.
 */
export const writeStyled = (text: string): Effect.Effect<void, OutputFailed, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, (stdio) =>
    Effect.mapError(
      Stream.run(Stream.make(text), stdio.stdout()),
      (error) => new OutputFailed({ closed: isBrokenPipe(error) })
    )
  )

/** Writes to standard output. Nothing in it is obeyed by a terminal but line breaks and tabs. */
export const write = (text: string): Effect.Effect<void, OutputFailed, Stdio.Stdio> =>
  writeStyled(Printable.printableLines(text))
