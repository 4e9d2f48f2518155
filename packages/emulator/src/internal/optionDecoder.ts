/** Decodes options with their schemas. Failures are `InvalidOption`, and never hold a value. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import { InvalidOption } from "../InvalidOption.ts"

const unknownName = "the name is unknown: check its spelling"

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => (issue._tag === "UnexpectedKey" ? unknownName : SchemaIssue.defaultLeafHook(issue))
})

/** An optional field also accepts `undefined`. No message should offer that, so it becomes the issue of its other type. */
const withoutUndefined = (issue: SchemaIssue.AnyOf): SchemaIssue.Issue => {
  const types = SchemaAST.isUnion(issue.ast) ? issue.ast.types : []
  const [type, ...others] = types.filter((type) => !SchemaAST.isUndefined(type))
  return type === undefined || others.length > 0 ? issue : new SchemaIssue.InvalidType(type)
}

/** Finds the first single issue, and keeps its path. */
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

/** The first thing that a schema found wrong. */
export interface Problem {
  /** The path, such as `users[1].authToken`; empty for the whole input. */
  readonly path: string
  /** What is wrong, without the value. */
  readonly problem: string
}

const formatPath = (keys: ReadonlyArray<PropertyKey>) =>
  keys.reduce<string>(
    (before, key) =>
      typeof key === "number" ? `${before}[${key}]` : before === "" ? String(key) : `${before}.${String(key)}`,
    ""
  )

/** All options have names of letters. Other names may be secrets: a missing space or quote can make a value a name. */
const looksLikeOption = (name: string) => /^[a-z]{1,20}$/i.test(name)

/** The first problem of a schema error. */
export const firstProblem = ({ issue }: Schema.SchemaError): Problem => {
  const [first] = formatIssue(firstIssue(issue)).issues
  const keys = (first?.path ?? []).map((part) => (typeof part === "object" ? part.key : part))
  const problem = first?.message ?? "it can't be read"
  return problem === unknownName && !looksLikeOption(String(keys.at(-1)))
    ? {
        path: formatPath(keys.slice(0, -1)),
        problem: "it has an unknown name: check the spelling, the spaces and the quotes"
      }
    : { path: formatPath(keys), problem }
}

const toInvalidOption = (whole: string) => (error: Schema.SchemaError) => {
  const { path, problem } = firstProblem(error)
  return new InvalidOption({ option: path === "" ? whole : path, problem })
}

/** Makes the decoder of a program's options. It ignores unknown names, because options of several kinds come together. */
export const optionDecoder = <S extends Schema.ConstraintDecoder<unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (options: S["Encoded"]): Result.Result<S["Type"], InvalidOption> =>
    Result.mapError(decode(options), toInvalidOption("options"))
}

/**
 * Makes the decoder of a file's content. It fails for unknown names.
 *
 * @param schema the schema of the content
 * @param whole the name of the whole content in failures
 */
export const fileDecoder = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, whole: string) => {
  const decode = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
  return (value: unknown): Result.Result<S["Type"], InvalidOption> =>
    Result.mapError(decode(value), toInvalidOption(whole))
}
