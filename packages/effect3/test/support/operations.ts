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

/** The operations of both clients. */
export type Client = OtpsClients.UserClient

/** Makes both clients, as one object. */
export const clientOf = <R = never>(options: OtpsClient.Options<R>) =>
  Effect.zipWith(OtpsClient.make(options), TwoFactorAuthClient.make(options), (otps, twoFactorAuth): Client => ({
    ...otps,
    ...twoFactorAuth
  }))

const withOtp = (call: (otp: Otp.Otp) => Effect.Effect<unknown, OtpsError.OtpsError>) =>
  Effect.flatMap(Otp.make(otp), call)

/** Calls each operation without options. */
export const call: Record<Operation.Operation, (client: Client) => Effect.Effect<unknown, OtpsError.OtpsError>> = {
  findRecoveryCodes: (client) => client.findRecoveryCodes(),
  regenerateCodes: (client) => client.regenerateCodes(),
  receiveCodes: (client) => client.receiveCodes(),
  findEnsureOtp: (client) => withOtp((otp) => client.findEnsureOtp(otp)),
  seedApp: (client) => client.seedApp(),
  enableTfaApp: (client) => withOtp((otp) => client.enableTfaApp(otp)),
  disableTfaApp: (client) => withOtp((otp) => client.disableTfaApp(otp)),
  enableTfaSms: (client) => withOtp((otp) => client.enableTfaSms(otp)),
  disableTfaSms: (client) => withOtp((otp) => client.disableTfaSms(otp))
}

/** Whether the client reads the body of an operation's success. */
export const hasBody = (operation: Operation.Operation): boolean => "body" in endpoints[operation]
