/**
 * The token that authenticates a call.
 *
 * @since 0.1.0
 */
import * as HeaderValue from "./internal/headerValue.ts"

/**
 * Why a token can't be sent in a header, or `undefined` if it can. The text never holds the token.
 * Source: RFC 9110 5.5.
 *
 * @param token the token, as it would be sent
 *
 * @category predicates
 * @since 0.1.0
 */
export const problem = (token: string): string | undefined => HeaderValue.problem(token)
