import type { InvalidSetting, OtpsClients, OtpsError } from "@metal-otp/client"
import {
  isOtpsFailure,
  makeOtps,
  makeOtpsForUsers,
  type Otps,
  type OtpsClient as Client,
  type OtpsFailure
} from "@metal-otp/client/promise"
import { describe, expect, test } from "tstyche"

type Failure = OtpsError.OtpsError | InvalidSetting.InvalidSetting

declare const failure: Failure
declare const otps: Otps

/** The fields of one kind of failure, without those of every `Error`, and without the delay, which is a type of Effect. */
type Fields<F, Tag> = F extends { readonly _tag: Tag } ? F : never

describe("failures", () => {
  test("are those of the Effect client, all of them", () => {
    expect(failure).type.toBeAssignableTo<OtpsFailure>()
    expect<OtpsFailure["_tag"]>().type.toBe<Failure["_tag"]>()
    expect<Fields<OtpsFailure, "TransportFailure">["reason"]>().type.toBe<OtpsError.TransportFailure["reason"]>()
    expect<Fields<OtpsFailure, "CallRejected">["option"]>().type.toBe<OtpsError.CallRejected["option"]>()
    expect<Fields<OtpsFailure, "InvalidSetting">["setting"]>().type.toBe<InvalidSetting.InvalidSetting["setting"]>()
    expect<OtpsFailure>().type.toBeAssignableTo<Error>()
  })

  test("are told apart by their tags", () => {
    const caught: unknown = undefined
    if (!isOtpsFailure(caught)) return
    expect(caught.outcome).type.toBe<"NotApplied" | "Applied" | "Unknown">()
    if (caught._tag === "Unauthorized") expect(caught.status).type.toBe<401>()
    if (caught._tag === "InvalidOtp") expect(caught).type.not.toHaveProperty("operation")
  })
})

describe("operations", () => {
  test("are those of the Effect client, under the same names", () => {
    expect<keyof Otps>().type.toBe<keyof OtpsClients.UserClient>()
    expect<keyof ReturnType<typeof makeOtpsForUsers>>().type.toBeAssignableTo<
      keyof OtpsClients.Service | "close" | typeof Symbol.asyncDispose
    >()
  })

  test("take and give plain strings, and promises", () => {
    expect(otps.findEnsureOtp("123456", { timeout: 1000, retries: 0, signal: AbortSignal.timeout(1) })).type.toBe<
      Promise<void>
    >()
    expect(otps.findRecoveryCodes()).type.toBe<Promise<ReadonlyArray<string>>>()
    expect(otps.findEnsureOtp).type.not.toBeCallableWith()
    expect(otps.receiveCodes).type.not.toBeCallableWith({ timeout: "1 second" })
  })
})

describe("a client", () => {
  test("needs a base URL and a token, or is for users without one", () => {
    expect(makeOtps({ baseUrl: "", authToken: "" })).type.toBe<Client>()
    expect(makeOtps).type.toBeCallableWith({ baseUrl: "", authToken: () => Promise.resolve("") })
    expect(makeOtps).type.not.toBeCallableWith({ baseUrl: "" })
    expect(makeOtps).type.not.toBeCallableWith({ authToken: "" })
    expect(makeOtpsForUsers).type.toBeCallableWith({ baseUrl: "" })
    expect(makeOtpsForUsers).type.not.toBeCallableWith({ baseUrl: "", authToken: "" })
  })

  test("can be closed by await using", () => {
    expect<Client>().type.toBeAssignableTo<AsyncDisposable>()
  })
})
