/**
 * The recovery codes of a user: each logs them in once when the phone is gone.
 */
import * as RecoveryCodes from "@metal-otp/core/RecoveryCodes"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"

/**
 * The list as the API sends it. Raw: for the contract and the emulator, not for
 * a program, which holds a `RecoveryCodeList`.
 */
export const Wire = /* @__PURE__ */ Schema.Struct({
  recovery_codes: /* @__PURE__ */ Schema.optionalKey(/* @__PURE__ */ Schema.Array(Schema.String))
}).annotate({ identifier: "RecoveryCodeList" })

export type Wire = typeof Wire.Type

let plain: (list: RecoveryCodeList) => ReadonlyArray<string>

/**
 * Recovery codes, hidden: the list prints, logs and serializes as `<redacted>`.
 * Lists of the same codes in the same order are equal.
 *
 * @example
 * ```ts
 * import { RecoveryCodeList } from "@metal-otp/schema"
 *
 * const list = RecoveryCodeList.redact({ recovery_codes: ["a1b2c3d4"] })
 * JSON.stringify(list) // => '{"recoveryCodes":"<redacted>"}'
 * list.recoveryCodes.length // => 1
 * ```
 */
export class RecoveryCodeList extends Inspectable.Class implements Equal.Equal {
  // What only this class can read needs no `Redacted`: making one costs more than decoding the whole list.
  readonly #codes: ReadonlyArray<string>
  #hidden: ReadonlyArray<Redacted.Redacted<string>> | undefined

  static {
    const isOwn = (list: object): boolean => #codes in list
    // A list that another copy of this package made can't be read from inside.
    plain = (list) => (isOwn(list) ? list.#codes : list.recoveryCodes.map(Redacted.value))
  }

  /** @param codes the codes, plain */
  constructor(codes: ReadonlyArray<string>) {
    super()
    this.#codes = codes
  }

  /** The codes, each hidden on its own: `findEnsureOtp` takes one as it is. */
  get recoveryCodes(): ReadonlyArray<Redacted.Redacted<string>> {
    return (this.#hidden ??= this.#codes.map((code) => Redacted.make(code)))
  }

  toJSON(): unknown {
    return { recoveryCodes: "<redacted>" }
  }

  [Equal.symbol](that: unknown): boolean {
    return that instanceof RecoveryCodeList && Equal.equals(this.#codes, that.#codes)
  }

  [Hash.symbol](): number {
    return Hash.hash(this.#codes)
  }
}

/**
 * Hides the codes of a list from the wire. A missing list is an empty one.
 *
 * @param wire the list as the API sends it
 */
export const redact = (wire: Wire): RecoveryCodeList => new RecoveryCodeList(wire.recovery_codes ?? [])

/**
 * The one way back to plain codes, for the moment in which they are shown to
 * their owner or sent on purpose.
 *
 * @param list the hidden codes
 *
 * @example
 * ```ts
 * import { RecoveryCodeList } from "@metal-otp/schema"
 *
 * const list = RecoveryCodeList.redact({ recovery_codes: ["a1b2c3d4"] })
 * RecoveryCodeList.unredact(list) // => { recovery_codes: ["a1b2c3d4"] }
 * ```
 */
export const unredact = (list: RecoveryCodeList): Required<Wire> => ({ recovery_codes: plain(list) })

/**
 * Whether every code of one list is in another.
 *
 * @param self the list to look in
 * @param that the list whose codes are looked for
 *
 * @example
 * ```ts
 * import { RecoveryCodeList } from "@metal-otp/schema"
 *
 * const before = RecoveryCodeList.redact({ recovery_codes: ["a1b2", "c3d4"] })
 * RecoveryCodeList.includesAll(before, RecoveryCodeList.redact({ recovery_codes: ["c3d4"] })) // => true
 * ```
 */
export const includesAll = (self: RecoveryCodeList, that: RecoveryCodeList): boolean =>
  RecoveryCodes.includesAll(plain(self), plain(that))

/**
 * Decodes the API's reply; properties it does not know are ignored, and a list
 * that is missing or `null` is an empty one. Encoding is forbidden: use
 * `unredact` where it is really meant.
 *
 * @category schemas
 * @since 0.1.0
 */
export const FromWire = /* @__PURE__ */ Schema.Unknown.pipe(
  /* @__PURE__ */ Schema.decodeTo(/* @__PURE__ */ Schema.instanceOf(RecoveryCodeList), {
    decode: /* @__PURE__ */ SchemaGetter.transformEffect((json: unknown) => {
      const codes = RecoveryCodes.read(json)
      return codes === undefined
        ? Effect.fail(new SchemaIssue.InvalidValue({ message: "Expected an object with a list of recovery codes" }))
        : Effect.succeed(new RecoveryCodeList(codes))
    }),
    encode: /* @__PURE__ */ SchemaGetter.forbidden(
      () => "Recovery codes are not encoded: use RecoveryCodeList.unredact"
    )
  })
)
