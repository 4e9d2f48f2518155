/** The state of the two factors. In a module of its own, because both the options and the stored account have it. */
import * as Schema from "effect/Schema"
import { described } from "./described.ts"

/** The state of each factor of two-factor authentication. */
export const TwoFactor = Schema.Struct({
  app: Schema.Literals(["off", "seeded", "on"]).pipe(
    described("The authenticator app. `seeded`: it has its seed, and no code has confirmed it yet.")
  ),
  sms: Schema.Literals(["off", "on"]).pipe(described("Codes by SMS."))
})

export type TwoFactor = typeof TwoFactor.Type
