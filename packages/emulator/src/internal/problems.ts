import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import { InvalidOption } from "../InvalidOption.ts"

const isUnknown = "it is not a name that is known here"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => (issue._tag === "UnexpectedKey" ? isUnknown : SchemaIssue.defaultLeafHook(issue))
})

/** What may be left out may be `undefined` to a Schema, but nobody writes that: it is no choice to tell of. */
const withoutUndefined = (issue: SchemaIssue.AnyOf): SchemaIssue.Issue => {
  const types = SchemaAST.isUnion(issue.ast) ? issue.ast.types : []
  const [type, ...others] = types.filter((type) => !SchemaAST.isUndefined(type))
  return type === undefined || others.length > 0 ? issue : new SchemaIssue.InvalidType(type)
}

/** The first issue that can be told in words of its own, with its path. */
const firstIssue = (issue: SchemaIssue.Issue): SchemaIssue.Issue => {
  switch (issue._tag) {
    case "Composite":
      return firstIssue(issue.issues[0])
    case "Encoding":
      return firstIssue(issue.issue)
    case "Pointer":
      return new SchemaIssue.Pointer(issue.path, firstIssue(issue.issue))
    case "AnyOf":
      return issue.issues[0] === undefined ? withoutUndefined(issue) : firstIssue(issue.issues[0])
    default:
      return issue
  }
}

/** The first thing that a Schema says is wrong. */
export interface Problem {
  /** Where it stands, as in `users[1].authToken`; empty for the whole. */
  readonly path: string
  /** In words that do not hold the value. */
  readonly problem: string
}

const pathOf = (keys: ReadonlyArray<PropertyKey>) =>
  keys.reduce<string>(
    (before, key) =>
      typeof key === "number" ? `${before}[${key}]` : before === "" ? String(key) : `${before}.${String(key)}`,
    ""
  )

/** Of letters alone, as all options are. Where a space or a quote is missing, a secret stands in a name's place. */
const looksLikeOption = (name: string) => /^[a-z]{1,20}$/i.test(name)

/**
 * Reads the first problem of a Schema's failure.
 *
 * @param error the failure
 */
export const firstProblem = ({ issue }: Schema.SchemaError): Problem => {
  const [first] = issuesOf(firstIssue(issue)).issues
  const keys = (first?.path ?? []).map((part) => (typeof part === "object" ? part.key : part))
  const problem = first?.message ?? "it can't be read"
  return problem === isUnknown && !looksLikeOption(String(keys.at(-1)))
    ? { path: pathOf(keys.slice(0, -1)), problem: "there is a name in it that is not known here" }
    : { path: pathOf(keys), problem }
}

const reading =
  (whole: string) =>
  <A>(result: Result.Result<A, Schema.SchemaError>): Result.Result<A, InvalidOption> =>
    Result.mapError(result, (error) => {
      const { path, problem } = firstProblem(error)
      return new InvalidOption({ option: path === "" ? whole : path, problem })
    })

/**
 * Reads options that a program gave, as their Schema says. More than that may be
 * there: options of several kinds are given together.
 *
 * @param schema of the options
 */
export const reader = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (options: S["Encoded"]): Result.Result<S["Type"], InvalidOption> => reading("options")(decode(options))
}

/**
 * Reads what a file holds. A name that the Schema does not know is a mistake.
 *
 * @param schema of what is there
 * @param whole what to call all of it
 */
export const fileReader = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, whole: string) => {
  const decode = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
  return (value: unknown): Result.Result<S["Type"], InvalidOption> => reading(whole)(decode(value))
}
