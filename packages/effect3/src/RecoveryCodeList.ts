/**
 * The recovery codes of a user. Each code passes the second factor once, for example after the
 * phone is lost.
 *
 * @since 0.1.0
 */
import * as RecoveryCodes from "@metal-otp/core/RecoveryCodes"
import * as Array from "effect/Array"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Equivalence from "effect/Equivalence"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { isOtp, type Otp } from "./Otp.ts"

const areEqual = /* @__PURE__ */ Array.getEquivalence(Equivalence.string)

let plain: (list: RecoveryCodeList) => ReadonlyArray<string>

/**
 * Recovery codes. The list prints, logs and serializes as `<redacted>`. Lists of the same codes in
 * the same order are equal. `make` makes a list, and `values` returns its plain codes.
 *
 * @example
 * ```ts
 * import { RecoveryCodeList } from "@metal-otp/effect3"
 *
 * const list = RecoveryCodeList.make(["a1b2c3d4"])
 * JSON.stringify(list) // => '{"recoveryCodes":"<redacted>"}'
 * list.recoveryCodes.length // => 1
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class RecoveryCodeList extends Inspectable.Class implements Equal.Equal {
  // Only this class can read the codes, so they need no `Redacted`, which costs more than decoding the whole list.
  readonly #codes: ReadonlyArray<string>
  #hidden: ReadonlyArray<Otp> | undefined

  static {
    const isOwn = (list: object): boolean => #codes in list
    // A list of another copy of this package has private fields that can't be read here.
    plain = (list) => (isOwn(list) ? list.#codes : list.recoveryCodes.map(Redacted.value))
  }

  /** @param codes the codes, plain */
  constructor(codes: ReadonlyArray<string>) {
    super()
    this.#codes = codes
  }

  /**
   * The codes, each hidden on its own, so that you can pass one to `findEnsureOtp`. A code that can't
   * be sent as an OTP, such as one of more than 64 characters, is only in `values`.
   */
  get recoveryCodes(): ReadonlyArray<Otp> {
    return (this.#hidden ??= this.#codes.map((code) => Redacted.make(code)).filter(isOtp))
  }

  toJSON(): unknown {
    return { recoveryCodes: "<redacted>" }
  }

  [Equal.symbol](that: unknown): boolean {
    return that instanceof RecoveryCodeList && areEqual(this.#codes, that.#codes)
  }

  [Hash.symbol](): number {
    return Hash.array(this.#codes)
  }
}

/**
 * Hides codes.
 *
 * @param codes the codes, plain, in their order
 *
 * @example
 * ```ts
 * import { RecoveryCodeList } from "@metal-otp/effect3"
 *
 * String(RecoveryCodeList.make(["a1b2c3d4"]).recoveryCodes) // => "<redacted>"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (codes: ReadonlyArray<string>): RecoveryCodeList => new RecoveryCodeList(codes)

/**
 * Returns the number of codes.
 *
 * @param self the hidden codes
 *
 * @example
 * ```ts
 * import { RecoveryCodeList } from "@metal-otp/effect3"
 *
 * RecoveryCodeList.size(RecoveryCodeList.make(["a1b2c3d4", "e5f6g7h8"])) // => 2
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const size = (self: RecoveryCodeList): number => plain(self).length

/**
 * Returns the plain codes, as the API sent them. It is the only way to them. Use it where you show
 * the codes to their owner.
 *
 * @param self the hidden codes
 *
 * @example
 * ```ts
 * import { RecoveryCodeList } from "@metal-otp/effect3"
 *
 * const list = RecoveryCodeList.make(["a1b2c3d4"])
 * RecoveryCodeList.values(list) // => ["a1b2c3d4"]
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const values = (self: RecoveryCodeList): ReadonlyArray<string> => plain(self)

/**
 * Whether one list has every code of another.
 *
 * @param self the list to search
 * @param that the codes to find
 *
 * @example
 * ```ts
 * import { RecoveryCodeList } from "@metal-otp/effect3"
 *
 * const before = RecoveryCodeList.make(["a1b2", "c3d4"])
 * RecoveryCodeList.includesAll(before, RecoveryCodeList.make(["c3d4"])) // => true
 * ```
 *
 * @category predicates
 * @since 0.1.0
 */
export const includesAll = (self: RecoveryCodeList, that: RecoveryCodeList): boolean =>
  RecoveryCodes.includesAll(plain(self), plain(that))

/**
 * Decodes the body of the API's reply. It ignores unknown properties. A list that is missing or `null`
 * is an empty list. It does not encode: use `values`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const FromWire = /* @__PURE__ */ Schema.transformOrFail(
  Schema.Unknown,
  // The default message of Effect 3 quotes the value.
  /* @__PURE__ */ Schema.instanceOf(RecoveryCodeList, { message: () => "Expected a RecoveryCodeList" }),
  {
    strict: true,
    decode: (json, _, ast) => {
      const codes = RecoveryCodes.read(json)
      return codes === undefined
        ? Either.left(new ParseResult.Type(ast, undefined, "Expected an object with a list of recovery codes"))
        : Either.right(new RecoveryCodeList(codes))
    },
    encode: (list, _, ast) =>
      Either.left(new ParseResult.Forbidden(ast, list, "Recovery codes are not encoded: use RecoveryCodeList.values"))
  }
)
