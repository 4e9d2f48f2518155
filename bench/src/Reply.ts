/** The results of calls of promises, and the bodies of the API. */

/** The result of a call: its value, or the refusal's status and messages. */
export type Reply<A> =
  | { readonly _tag: "Success"; readonly value: A }
  | { readonly _tag: "Refused"; readonly status: number; readonly messages: ReadonlyArray<string> }

/** The body with recovery codes. */
export interface CodesBody {
  readonly recovery_codes?: Array<string>
}

/** The body of an error. */
export interface ErrorBody {
  readonly error?: string
  readonly errors?: Array<string>
}

export const success = <A>(value: A): Reply<A> => ({ _tag: "Success", value })

export const refused = (status: number, body: ErrorBody | undefined): Reply<never> => ({
  _tag: "Refused",
  status,
  messages: [...(body?.error === undefined ? [] : [body.error]), ...(body?.errors ?? [])]
})

/** The codes in a body. A missing list counts as an empty one. */
export const codesOf = (body: CodesBody | undefined): ReadonlyArray<string> => body?.recovery_codes ?? []

/** Reads a success without a body. */
export const nothingOf = (): undefined => undefined
