import type { Mutant } from "./Mutant.ts"

const otp = { file: "schema/src/Otp.ts", tests: ["Otp"], in: "schema" } as const
const printable = { file: "schema/src/internal/printable.ts", tests: ["Otp", "AuthToken"], in: "schema" } as const
const token = { file: "schema/src/AuthToken.ts", tests: ["AuthToken"], in: "schema" } as const
const codes = { file: "schema/src/RecoveryCodeList.ts", tests: ["RecoveryCodeList"], in: "schema" } as const
const errors = { file: "schema/src/OtpsError.ts", tests: ["OtpsError"], in: "schema" } as const
const outcome = { file: "schema/src/Outcome.ts", tests: ["Outcome"], in: "schema" } as const

/** The guards of the contract. */
export const schema: ReadonlyArray<Mutant> = [
  { ...otp, guard: "no OTP is a way up the path", find: 'value === "." || value === ".."', replace: "false" },
  { ...otp, guard: "an OTP has a bounded length", find: 'value.length > 64 ? "TooLong" : ', replace: "" },
  { ...otp, guard: "only digits in groups are joined", find: "!groupedDigits.test(typed)", replace: "false" },
  {
    ...otp,
    guard: "an OTP is hidden",
    find: 'encode: SchemaGetter.forbidden(() => "An OTP is not encoded: use Redacted.value where it is really meant")',
    replace: "encode: SchemaGetter.transform((otp) => Redacted.value(otp))"
  },
  { ...printable, guard: "a secret is not empty", find: 'if (value === "") return "Empty"', replace: "" },
  {
    ...printable,
    guard: "a secret can't smuggle in a line",
    find: 'if (!/^[\\x20-\\x7e]*$/.test(value)) return "NotPrintable"',
    replace: ""
  },
  {
    ...printable,
    guard: "a secret is not trimmed on its way",
    find: 'value.startsWith(" ") || value.endsWith(" ")',
    replace: "false"
  },
  {
    ...token,
    guard: "a token is checked",
    find: "printable.problem(token)",
    replace: "[printable.problem(token)].find(() => false)"
  },
  {
    ...codes,
    guard: "recovery codes are hidden",
    find: '{ recoveryCodes: "<redacted>" }',
    replace: "{ recoveryCodes: this.#codes }"
  },
  {
    ...codes,
    guard: "nothing but the list itself reads its codes",
    find: "this.#codes = codes",
    replace: "Object.assign(this, { codes: (this.#codes = codes) })"
  },
  {
    ...codes,
    guard: "each recovery code is hidden",
    find: ".map((code) => Redacted.make(code))",
    replace: ".map((code) => Redacted.make(code, { label: code }))"
  },
  {
    ...codes,
    guard: "a list of recovery codes is not encoded",
    find: "decode: SchemaGetter.transform(redact),\n    encode: SchemaGetter.forbidden(() => plainly)",
    replace: "decode: SchemaGetter.transform(redact),\n    encode: SchemaGetter.transform(unredact)"
  },
  {
    ...errors,
    guard: "a failure says what it did",
    find: 'outcome: Schema.tag("Unknown")',
    replace: 'outcome: Schema.tag("NotApplied")'
  },
  { ...outcome, guard: "202 and 408 tell nothing", find: "status === 202 || status === 408", replace: "false" },
  { ...outcome, guard: "a 2xx is a success", find: 'return "Applied"', replace: 'return "NotApplied"' },
  {
    ...outcome,
    guard: "a 5xx tells nothing",
    find: 'status >= 400 && status < 500 ? "NotApplied" : "Unknown"',
    replace: '"NotApplied"'
  }
]
