/** Times of options and rules: how a program gives them, and how a file or a URL does. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"

const isGiven = (input: unknown): input is Duration.Input => input !== undefined

/** A time as a program gives it, left as it is. */
export const Given = Schema.declare(isGiven)

const fromOption = <A>(option: Option.Option<A>, message: string) =>
  Option.match(option, {
    onNone: () => Effect.fail(new SchemaIssue.InvalidValue({ message })),
    onSome: Effect.succeed
  })

const fromInput = (input: unknown) => Option.flatMap(Option.liftPredicate(input, isGiven), Duration.fromInput)

/** A time as a program gives it. */
export const TimeInProgram = Given.pipe(
  Schema.decodeTo(
    Schema.Duration,
    SchemaTransformation.transformEffect<Duration.Duration, Duration.Input>({
      decode: (input) => fromOption(fromInput(input), "it is not a duration such as 5 minutes"),
      encode: Effect.succeed
    })
  )
)

const units: Record<string, Duration.Unit> = {
  "": "seconds",
  ms: "millis",
  s: "seconds",
  m: "minutes",
  h: "hours",
  d: "days"
}

/** `30s`, `500ms`, or a number of seconds, as on the command line. */
const fromShort = (text: string) => {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|[smhd]?)$/.exec(text) ?? []
  return amount === "" ? Option.none() : Duration.fromInput(`${Number(amount)} ${units[unit] ?? "seconds"}`)
}

const readTime = (input: string | number) =>
  typeof input === "number"
    ? Duration.fromInput(Duration.seconds(input))
    : Option.orElse(fromShort(input), () => fromInput(input))

/** As `readTime` reads it back. */
const writeTime = (duration: Duration.Duration) =>
  Duration.isFinite(duration) ? `${Duration.toMillis(duration)}ms` : "Infinity"

const isNoTime = "it is neither a duration such as 5 minutes or 30s nor a number of seconds"

/** A time as it is written in a URL: `30s`, `5 minutes`, or a number of seconds. */
export const TimeInText = Schema.String.annotate({ message: isNoTime }).pipe(
  Schema.decodeTo(
    Schema.Duration,
    SchemaTransformation.transformEffect<Duration.Duration, string>({
      decode: (input) => fromOption(readTime(input), isNoTime),
      encode: (duration) => Effect.succeed(writeTime(duration))
    })
  )
)

/** A time as it is written in JSON or YAML: `5 minutes`, `30s`, or a number of seconds, as on the command line. */
export const TimeInFile = Schema.Union([Schema.String, Schema.Number])
  .annotate({ message: isNoTime })
  .pipe(
    Schema.decodeTo(
      Schema.Duration,
      SchemaTransformation.transformEffect<Duration.Duration, string | number>({
        decode: (input) => fromOption(readTime(input), isNoTime),
        encode: (duration) => Effect.succeed(Duration.isFinite(duration) ? Duration.toSeconds(duration) : "Infinity")
      })
    )
  )

/** The last millisecond that a `Date` can tell (ECMA-262 21.4.1.1). */
const lastInstant = 8.64e15

const isInstant = (millis: number) => Number.isInteger(millis) && millis >= 0 && millis <= lastInstant

/** Epoch milliseconds. */
const readInstant = (input: string | number): Option.Option<number> => {
  const isIso = typeof input === "string" && /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(input)
  return Option.filter(Option.some(isIso ? Date.parse(input) : Number(input)), isInstant)
}

const isNoInstant = "it is neither epoch milliseconds nor a time such as 2026-06-30T12:00:00Z"

/** A moment as it is written in JSON: epoch milliseconds, or ISO 8601. */
export const InstantInFile = Schema.Union([Schema.String, Schema.Number])
  .annotate({ message: isNoInstant })
  .pipe(
    Schema.decodeTo(
      Schema.Finite,
      SchemaTransformation.transformEffect<number, string | number>({
        decode: (input) => fromOption(readInstant(input), isNoInstant),
        encode: Effect.succeed
      })
    )
  )

/** No id of a message comes near: what is above is epoch milliseconds, of 1973 and later. */
const firstMillis = 1e11

const isAfter = (input: unknown): input is number | Date => typeof input === "number" || input instanceof Date

const isNoAfter = "it is neither the id of a message nor a time such as 2026-06-30T12:00:00Z"

const readAfter = (input: string): Option.Option<number | Date> =>
  Option.map(readInstant(input === "" ? Number.NaN : input), (number) =>
    /^\d+$/.test(input) && number < firstMillis ? number : new Date(number)
  )

/** What a message has to come after: an id, or a time. */
export const AfterInText = Schema.String.annotate({ message: isNoAfter }).pipe(
  Schema.decodeTo(
    Schema.declare(isAfter),
    SchemaTransformation.transformEffect<number | Date, string>({
      decode: (input) => fromOption(readAfter(input), isNoAfter),
      encode: (after) => Effect.succeed(typeof after === "number" ? String(after) : after.toISOString())
    })
  )
)
