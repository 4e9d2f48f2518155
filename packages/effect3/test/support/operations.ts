import { endpoints } from "@metal-otp/core/Endpoint"
import { operations } from "@metal-otp/core/Operation"
import {
  type Operation,
  Otp,
  OtpsClient,
  type OtpsClients,
  type OtpsError,
  TwoFactorAuthClient
} from "@metal-otp/effect3"
import { Effect, Redacted } from "effect"

export const token = "s3cret-token"
export const otp = "s3cret-otp/../?#%"
export const authToken = Redacted.make(token)

export { operations }

/** All operations of a token. */
export type Client = OtpsClients.UserClient

/** Makes both clients of a token. */
export const clientOf = <R = never>(options: OtpsClient.Options<R>) =>
  Effect.zipWith(OtpsClient.make(options), TwoFactorAuthClient.make(options), (otps, twoFactorAuth): Client => ({
    ...otps,
    ...twoFactorAuth
  }))

const taking = (call: (otp: Otp.Otp) => Effect.Effect<unknown, OtpsError.OtpsError>) =>
  Effect.flatMap(Otp.make(otp), call)

/** Each operation, called in the plainest way. */
export const call: Record<Operation.Operation, (client: Client) => Effect.Effect<unknown, OtpsError.OtpsError>> = {
  findRecoveryCodes: (client) => client.findRecoveryCodes(),
  regenerateCodes: (client) => client.regenerateCodes(),
  receiveCodes: (client) => client.receiveCodes(),
  findEnsureOtp: (client) => taking((otp) => client.findEnsureOtp(otp)),
  seedApp: (client) => client.seedApp(),
  enableTfaApp: (client) => taking((otp) => client.enableTfaApp(otp)),
  disableTfaApp: (client) => taking((otp) => client.disableTfaApp(otp)),
  enableTfaSms: (client) => taking((otp) => client.enableTfaSms(otp)),
  disableTfaSms: (client) => taking((otp) => client.disableTfaSms(otp))
}

/** Whether a success of an operation is a body that matters, or else none that does. */
export const hasBody = (operation: Operation.Operation): boolean => "body" in endpoints[operation]
