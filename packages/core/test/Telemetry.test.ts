import { assert, describe, it } from "@effect/vitest"
import { Endpoint, Telemetry } from "@metal-otp/core"

describe("Telemetry", () => {
  it("has the names and boundaries of OpenTelemetry's conventions, and its own below metal_otp", () => {
    assert.strictEqual(Telemetry.requestDuration.name, "http.client.request.duration")
    assert.deepStrictEqual(
      [...Telemetry.requestDuration.boundaries],
      [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
    )
    assert.deepStrictEqual(
      [Telemetry.calls.name, Telemetry.failures.name, Telemetry.retries.name],
      ["metal_otp.client.calls", "metal_otp.client.failures", "metal_otp.client.retries"]
    )
  })

  it("describes a request by the server and the template of the path", () =>
    assert.deepStrictEqual(
      Telemetry.attributes(Endpoint.endpoints.findEnsureOtp, {
        href: "https://[2001:db8::1]:8443/metal/v1",
        address: "2001:db8::1",
        port: 8443
      }),
      {
        "http.request.method": "POST",
        "url.template": "/user/otp/verify/{otp}",
        "server.address": "2001:db8::1",
        "server.port": 8443
      }
    ))

  it("names the span of a call after the client's method", () => {
    assert.strictEqual(Telemetry.spanName("seedApp"), "OtpsClient.seedApp")
    assert.strictEqual(Telemetry.spanName("disableTfaSms"), "TwoFactorAuthClient.disableTfaSms")
  })

  it.each([
    [{ _tag: "Unauthorized" }, 401, "401"],
    [{ _tag: "UnexpectedStatus", reason: "TimedOut" }, 503, "503"],
    [{ _tag: "TransportFailure", reason: "TimedOut" }, undefined, "TimedOut"],
    [{ _tag: "MalformedResponse", reason: "TooLarge" }, undefined, "TooLarge"],
    [{ _tag: "InvalidOtp" }, undefined, "InvalidOtp"],
    [{ _tag: "RateLimited", reason: undefined }, undefined, "RateLimited"],
    [{ _tag: "UnexpectedStatus" }, 0, "0"]
  ])("the error.type of %o with status %s is %s", (failure, status, errorType) =>
    assert.strictEqual(Telemetry.errorType(failure, status), errorType)
  )
})
