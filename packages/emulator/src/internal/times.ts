/** Schemas of durations and times, for each way of writing them: in a program, in a file, in a URL. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"

const isDurationInput = (input: unknown): input is Duration.Input => input !== undefined

/** A duration in a program, unchanged. */
export const DurationInput = Schema.declare(isDurationInput)

const fromOption = <A>(option: Option.Option<A>, message: string) =>
  Option.match(option, {
    onNone: () => Effect.fail(new SchemaIssue.InvalidValue({ message })),
    onSome: Effect.succeed
  })

const fromInput = (input: unknown) => Option.flatMap(Option.liftPredicate(input, isDurationInput), Duration.fromInput)

/** A duration in a program. */
export const DurationInProgram = DurationInput.pipe(
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
const fromShortText = (text: string) => {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|[smhd]?)$/.exec(text) ?? []
  return amount === "" ? Option.none() : Duration.fromInput(`${Number(amount)} ${units[unit] ?? "seconds"}`)
}

const parseDuration = (input: string | number) =>
  typeof input === "number"
    ? Duration.fromInput(Duration.seconds(input))
    : Option.orElse(fromShortText(input), () => fromInput(input))

const formatDuration = (duration: Duration.Duration) =>
  Duration.isFinite(duration) ? `${Duration.toMillis(duration)}ms` : "Infinity"

const notDuration = "it is neither a duration such as 5 minutes or 30s nor a number of seconds"

/** A duration in a URL: `30s`, `5 minutes`, or a number of seconds. */
export const DurationInUrl = Schema.String.annotate({ message: notDuration }).pipe(
  Schema.decodeTo(
    Schema.Duration,
    SchemaTransformation.transformEffect<Duration.Duration, string>({
      decode: (input) => fromOption(parseDuration(input), notDuration),
      encode: (duration) => Effect.succeed(formatDuration(duration))
    })
  )
)

/** A duration in JSON or YAML: `5 minutes`, `30s`, or a number of seconds, as on the command line. */
export const DurationInFile = Schema.Union([Schema.String, Schema.Number])
  .annotate({ message: notDuration })
  .pipe(
    Schema.decodeTo(
      Schema.Duration,
      SchemaTransformation.transformEffect<Duration.Duration, string | number>({
        decode: (input) => fromOption(parseDuration(input), notDuration),
        encode: (duration) => Effect.succeed(Duration.isFinite(duration) ? Duration.toSeconds(duration) : "Infinity")
      })
    )
  )

/** The latest time of a `Date`, in epoch milliseconds (ECMA-262 21.4.1.1). */
export const maxTime = 8.64e15

const isTime = (millis: number) => Number.isInteger(millis) && millis >= 0 && millis <= maxTime

const millisOf = (input: string) => {
  if (/^\d+$/.test(input)) return Number(input)
  return /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(input) ? Date.parse(input) : Number.NaN
}

/** Parses ISO 8601, or epoch milliseconds. */
const parseTime = (input: string | number): Option.Option<number> =>
  Option.filter(Option.some(typeof input === "number" ? input : millisOf(input)), isTime)

const notTime = "it is neither epoch milliseconds nor a time such as 2026-06-30T12:00:00Z"

/** A time in JSON: epoch milliseconds, or ISO 8601. */
export const TimeInFile = Schema.Union([Schema.String, Schema.Number])
  .annotate({ message: notTime })
  .pipe(
    Schema.decodeTo(
      Schema.Finite,
      SchemaTransformation.transformEffect<number, string | number>({
        decode: (input) => fromOption(parseTime(input), notTime),
        encode: Effect.succeed
      })
    )
  )

/** A smaller number is the id of an SMS. From here on, it is a time: this one is in 1973. */
const minTimeOfAfter = 1e11

const isAfter = (input: unknown): input is number | Date => typeof input === "number" || input instanceof Date

const notAfter = "it is neither the id of a message nor a time such as 2026-06-30T12:00:00Z"

const parseAfter = (input: string): Option.Option<number | Date> =>
  Option.map(parseTime(input), (number) => (/^\d+$/.test(input) && number < minTimeOfAfter ? number : new Date(number)))

/** The option `after` in a URL: the id of an SMS, or a time. */
export const AfterInUrl = Schema.String.annotate({ message: notAfter }).pipe(
  Schema.decodeTo(
    Schema.declare(isAfter),
    SchemaTransformation.transformEffect<number | Date, string>({
      decode: (input) => fromOption(parseAfter(input), notAfter),
      encode: (after) => Effect.succeed(typeof after === "number" ? String(after) : after.toISOString())
    })
  )
)
