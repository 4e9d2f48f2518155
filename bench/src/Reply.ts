/** How calls of promises end, and what the API's bodies hold. */

/** How a call of a promise ended, told apart by type. */
export type Reply<A> =
  | { readonly _tag: "Success"; readonly value: A }
  | { readonly _tag: "Refused"; readonly status: number; readonly messages: ReadonlyArray<string> }

/** The list of codes as it stands on the wire. */
export interface CodesBody {
  readonly recovery_codes?: Array<string>
}

/** The body of every error reply, as it stands on the wire. */
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

/** The codes of a list; a missing list is an empty one. */
export const codesOf = (body: CodesBody | undefined): ReadonlyArray<string> => body?.recovery_codes ?? []

/** For a success without a body. */
export const nothingOf = (): undefined => undefined
