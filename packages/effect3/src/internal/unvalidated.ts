import type { MakeOptions } from "effect/Schema"

/** For failures that this package makes. Their types are checked, and to validate them costs more than to make them. */
export const unvalidated: MakeOptions = { disableValidation: true }
