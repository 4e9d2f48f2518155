/** The state of the two factors. In a module of its own, because both the options and the stored account have it. */
import * as Schema from "effect/Schema"

/** The state of each factor of two-factor authentication. */
export const TwoFactor = Schema.Struct({
  /** `"seeded"`: a seed was issued, and no code has confirmed it yet. */
  app: Schema.Literals(["off", "seeded", "on"]),
  sms: Schema.Literals(["off", "on"])
})

export type TwoFactor = typeof TwoFactor.Type
