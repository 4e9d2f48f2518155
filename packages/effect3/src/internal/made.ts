import type { MakeOptions } from "effect/Schema"

/** For failures that are made here: they have the right shape, and checking it costs more than the rest of them. */
export const asIs: MakeOptions = { disableValidation: true }
