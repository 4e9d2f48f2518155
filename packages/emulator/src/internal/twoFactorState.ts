import * as Schema from "effect/Schema"

/** By which ways a user proves who they are. */
export const TwoFactor = Schema.Struct({
  /** `"seeded"`: a seed was issued, and no code has confirmed it yet. */
  app: Schema.Literals(["off", "seeded", "on"]),
  sms: Schema.Literals(["off", "on"])
})

export type TwoFactor = typeof TwoFactor.Type
