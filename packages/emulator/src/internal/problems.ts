import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

/** The first thing that a Schema says is wrong. */
export interface Problem {
  /** Where it stands, as in `users[1].authToken`; empty for the whole. */
  readonly path: string
  /** In words that do not hold the value. */
  readonly problem: string
}

/**
 * Reads the first problem of a Schema's failure.
 *
 * @param error the failure
 */
export const firstProblem = ({ issue }: Schema.SchemaError): Problem => {
  const [first] = issuesOf(issue).issues
  const keys = (first?.path ?? []).map((part) => (typeof part === "object" ? part.key : part))
  const path = keys.reduce<string>(
    (before, key) =>
      typeof key === "number" ? `${before}[${key}]` : before === "" ? String(key) : `${before}.${String(key)}`,
    ""
  )
  return { path, problem: first?.message ?? "it can't be read" }
}
