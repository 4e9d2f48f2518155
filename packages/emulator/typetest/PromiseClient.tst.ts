import type { ControlModel, PromiseClient } from "@metal-otp/emulator"
import { describe, expect, test } from "tstyche"

describe("the types of PromiseClient agree with the contract of the control API", () => {
  test("for replies", () => {
    expect<PromiseClient.Message>().type.toBe<typeof ControlModel.Message.Encoded>()
    expect<PromiseClient.Messages>().type.toBe<typeof ControlModel.Messages.Encoded>()
    expect<PromiseClient.Request>().type.toBe<typeof ControlModel.Request.Encoded>()
    expect<PromiseClient.RequestDetails>().type.toBe<typeof ControlModel.RequestDetails.Encoded>()
    expect<PromiseClient.Requests>().type.toBe<typeof ControlModel.Requests.Encoded>()
    expect<PromiseClient.User>().type.toBe<typeof ControlModel.User.Encoded>()
    expect<PromiseClient.Users>().type.toBe<typeof ControlModel.Users.Encoded>()
    expect<PromiseClient.App>().type.toBe<typeof ControlModel.App.Encoded>()
    expect<PromiseClient.Clock>().type.toBe<typeof ControlModel.Clock.Encoded>()
    expect<Awaited<ReturnType<PromiseClient.PromiseClient["counts"]>>>().type.toBe<typeof ControlModel.Counts.Encoded>()
    expect<typeof ControlModel.Faults.Encoded>().type.toBeAssignableTo<PromiseClient.Faults>()
  })

  test("for events", () => {
    expect<typeof ControlModel.Event.Encoded>().type.toBeAssignableTo<PromiseClient.Event>()
    expect<PromiseClient.Event>().type.toBeAssignableTo<typeof ControlModel.Event.Encoded>()
  })

  test("for a new user", () => {
    expect<PromiseClient.NewUser>().type.toBeAssignableTo<typeof ControlModel.NewUser.Encoded>()
    expect<typeof ControlModel.NewUser.Encoded>().type.toBeAssignableTo<PromiseClient.NewUser>()
  })
})
