import { Endpoint, type Operation, Otp, type OtpsError } from "@metal-otp/schema"
import { Effect, Redacted, Struct } from "effect"
import { OtpsClient, type OtpsClients, TwoFactorAuthClient } from "./Subject.ts"

export const token = "s3cret-token"
export const otp = "s3cret-otp/../?#%"
export const authToken = Redacted.make(token)

export const operations = Struct.keys(Endpoint.endpoints)

/** A client with the operations of both services. */
export type Client = OtpsClients.UserClient

/** Makes a client with the operations of both services. */
export const clientOf = <R = never>(options: OtpsClient.Options<R>) =>
  Effect.zipWith(OtpsClient.make(options), TwoFactorAuthClient.make(options), (otps, twoFactorAuth): Client => ({
    ...otps,
    ...twoFactorAuth
  }))

type Call = (client: Client) => Effect.Effect<unknown, OtpsError.OtpsError>

/** A call of each operation. Those that take an OTP get this one. */
export const callsWith = <E extends OtpsError.OtpsError>(
  otp: Effect.Effect<Otp.Otp, E>
): Record<Operation.Operation, (client: Client) => Effect.Effect<unknown, OtpsError.OtpsError>> => ({
  findRecoveryCodes: (client) => client.findRecoveryCodes(),
  regenerateCodes: (client) => client.regenerateCodes(),
  receiveCodes: (client) => client.receiveCodes(),
  findEnsureOtp: (client) => Effect.flatMap(otp, (otp) => client.findEnsureOtp(otp)),
  seedApp: (client) => client.seedApp(),
  enableTfaApp: (client) => Effect.flatMap(otp, (otp) => client.enableTfaApp(otp)),
  disableTfaApp: (client) => Effect.flatMap(otp, (otp) => client.disableTfaApp(otp)),
  enableTfaSms: (client) => Effect.flatMap(otp, (otp) => client.enableTfaSms(otp)),
  disableTfaSms: (client) => Effect.flatMap(otp, (otp) => client.disableTfaSms(otp))
})

/** A call of each operation, without options. */
export const call: Record<Operation.Operation, Call> = callsWith(Otp.make(otp))

const answersWith200 = (operation: Operation.Operation): boolean => Endpoint.endpoints[operation].success === 200

/** Whether an operation sends an OTP. */
export const sendsOtp = (operation: Operation.Operation): boolean => "otp" in Endpoint.endpoints[operation]

/** Whether an operation is for SMS. Its request differs from that of the operation for apps by the path alone. */
export const isForSms = (name: string): boolean => name.endsWith("TfaSms")

/** The operations whose requests differ by more than the path. */
export const distinctOperations = operations.filter((operation) => !isForSms(operation))

/** Whether the client needs the body of a successful reply. */
export const hasBody = (operation: Operation.Operation): boolean => "body" in Endpoint.endpoints[operation]

/** The operations that succeed with a list of recovery codes or with 204: the hostile replies pretend to be these. */
export const withListOr204 = operations.filter(
  (operation) => operation !== "seedApp" && (hasBody(operation) || !answersWith200(operation))
)
