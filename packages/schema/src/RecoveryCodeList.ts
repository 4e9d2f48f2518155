/**
 * The recovery codes of a user: each logs them in once when the phone is gone.
 */
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"

/**
 * The list as the API sends it. Raw: for the contract and the emulator, not for
 * a program, which holds a `RecoveryCodeList`.
 */
export const Wire = Schema.Struct({
  recovery_codes: Schema.optionalKey(Schema.Array(Schema.String))
}).annotate({ identifier: "RecoveryCodeList" })

export type Wire = typeof Wire.Type

const plainly = "Recovery codes are not encoded: use RecoveryCodeList.unredact"

// Not `Schema.Redacted`, which hides each code anew whenever a list is made.
const Code = Schema.declare(
  (input): input is Redacted.Redacted<string> =>
    Redacted.isRedacted(input) && typeof Redacted.value(input) === "string",
  {
    expected: "Redacted",
    toCodecJson: () =>
      Schema.link<Redacted.Redacted<string>>()(Schema.String, {
        decode: SchemaGetter.transform((code) => Redacted.make(code)),
        encode: SchemaGetter.forbidden(() => plainly)
      })
  }
)

/**
 * Recovery codes, each hidden: the list prints, logs and serializes as
 * `<redacted>`.
 *
 * @example
 * ```ts
 * import { RecoveryCodeList } from "@metal-otp/schema"
 * import { Redacted } from "effect"
 *
 * const list = new RecoveryCodeList.RecoveryCodeList({ recoveryCodes: [Redacted.make("a1b2c3d4")] })
 * JSON.stringify(list) // => {"recoveryCodes":["<redacted>"]}
 * ```
 */
export class RecoveryCodeList extends Schema.Class<RecoveryCodeList>("@metal-otp/schema/RecoveryCodeList")({
  recoveryCodes: Schema.Array(Code)
}) {}

/**
 * Hides the codes of a list from the wire. A missing list is an empty one.
 *
 * @param wire the list as the API sends it
 */
export const redact = (wire: Wire): RecoveryCodeList =>
  new RecoveryCodeList({ recoveryCodes: (wire.recovery_codes ?? []).map((code) => Redacted.make(code)) })

/**
 * The one way back to plain codes, for the moment in which they are shown to
 * their owner or sent on purpose.
 *
 * @param list the hidden codes
 *
 * @example
 * ```ts
 * import { RecoveryCodeList } from "@metal-otp/schema"
 * import { Redacted } from "effect"
 *
 * const list = new RecoveryCodeList.RecoveryCodeList({ recoveryCodes: [Redacted.make("a1b2c3d4")] })
 * RecoveryCodeList.unredact(list) // => { recovery_codes: ["a1b2c3d4"] }
 * ```
 */
export const unredact = (list: RecoveryCodeList): Wire => ({ recovery_codes: list.recoveryCodes.map(Redacted.value) })

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
export const includesAll = (self: RecoveryCodeList, that: RecoveryCodeList): boolean => {
  const codes = new Set(unredact(self).recovery_codes)
  return (unredact(that).recovery_codes ?? []).every((code) => codes.has(code))
}

/**
 * Decodes the API's reply; properties it does not know are ignored. Encoding is
 * forbidden: use `unredact` where it is really meant.
 */
export const FromWire = Wire.pipe(
  Schema.decodeTo(Schema.toType(RecoveryCodeList), {
    decode: SchemaGetter.transform(redact),
    encode: SchemaGetter.forbidden(() => plainly)
  })
)
