/** One mocked client for all users. An operation that a test does not define must not be called. */
import { OtpsClients } from "@metal-otp/client"
import { Context, Effect, Layer } from "effect"

type Client = OtpsClients.UserClient

class UserClient extends Context.Service<UserClient, Client>()("test/UserClient") {}

export const mocked = (client: Partial<Client>) =>
  Layer.effect(
    OtpsClients.OtpsClients,
    Effect.map(UserClient, (client) => ({ forUser: () => client }))
  ).pipe(Layer.provide(Layer.mock(UserClient, client)))
