/**
 * The token that authenticates a call.
 *
 * @since 0.1.0
 */
import * as Printable from "./internal/printable.ts"

const problems: Record<Printable.Problem, string> = {
  Empty: "it is empty",
  SurroundingSpace: "it starts or ends with a space",
  NotPrintable: "it has characters other than printable ASCII, such as a line break at its end"
}

/**
 * Why a token can't be sent in a header, or `undefined` if it can. The text never holds the token.
 * Source: RFC 9110 5.5.
 *
 * @param token the token, as it would be sent
 *
 * @category predicates
 * @since 0.1.0
 */
export const problem = (token: string): string | undefined => {
  const found = Printable.problem(token)
  return found === undefined ? undefined : problems[found]
}
