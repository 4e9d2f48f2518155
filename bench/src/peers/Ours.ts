/** Our client with everything on: deadlines, the standard retry policy and budget, span and metrics. */
import * as OtpsClient from "@metal-otp/client/OtpsClient"
import * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"
import { Effect, Redacted } from "effect"
import type { HttpClient } from "effect/http"
import type { Effectful, Options } from "../Client.ts"

/** What the other clients give, too. */
const plain = (list: RecoveryCodeList.RecoveryCodeList) => RecoveryCodeList.unredact(list).recovery_codes

export const make = ({
  baseUrl,
  token
}: Omit<Options, "fetch">): Effect.Effect<Effectful, object, HttpClient.HttpClient> =>
  Effect.map(OtpsClient.make({ baseUrl, authToken: Redacted.make(token) }), (client) => ({
    findRecoveryCodes: () => Effect.map(client.findRecoveryCodes(), plain),
    regenerateCodes: () => Effect.map(client.regenerateCodes(), plain),
    receiveCodes: () => client.receiveCodes(),
    findEnsureOtp: (otp) => client.findEnsureOtp(Redacted.make(otp))
  }))
