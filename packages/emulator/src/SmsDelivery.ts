/**
 * Delivers SMS, which are in the outbox too. `Emulator.layer` looks for an `SmsDelivery` in its
 * context; without one, nothing does.
 *
 * The code of an SMS works before its delivery starts, so that whoever receives it can use it at
 * once. If the delivery fails, or the caller goes away before its end, the code is taken back,
 * nothing is counted or put into the outbox, and the call fails with the API's 500. Whether the
 * SMS arrived in spite of that, nobody knows: that is what a 500 means.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as options from "./internal/options.ts"
import { reader } from "./internal/problems.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import type { NewSms } from "./Store.ts"

/**
 * The SMS was not delivered, or nobody knows. What went wrong is not in the failure, since it may hold the OTP.
 *
 * @category errors
 * @since 0.1.0
 */
export class SmsNotDelivered extends Schema.TaggedError<SmsNotDelivered>("@metal-otp/emulator/SmsNotDelivered")(
  "SmsNotDelivered",
  {}
) {
  override get message(): string {
    return "The SMS was not delivered."
  }
}

/**
 * How SMS are delivered.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  readonly deliver: (sms: NewSms) => Effect.Effect<void, SmsNotDelivered>
}

/**
 * The delivery of SMS as a service.
 *
 * @category services
 * @since 0.1.0
 */
export class SmsDelivery extends Context.Service<SmsDelivery, Service>()("@metal-otp/emulator/SmsDelivery") {}

/**
 * What a webhook is made with. It decodes to the same, checked and with its
 * defaults.
 *
 * @category schemas
 * @since 0.1.0
 */
export const WebhookOptions = options.webhook(options.inProgram)

/**
 * The input of `WebhookOptions`.
 *
 * @category models
 * @since 0.1.0
 */
export type WebhookOptions = typeof WebhookOptions.Encoded

const read = reader(WebhookOptions)

/**
 * Posts every SMS to a URL, as JSON:
 * `{"user", "phoneNumber", "otp", "sentAt", "expiresAt"}`, times in epoch
 * milliseconds. Any 2xx is success, and the body of a reply is not read; there are no retries, and fetch follows no
 * redirect.
 *
 * Fails with `InvalidOption` when the URL or the timeout can't be used.
 *
 * @param options where to, and how long that may take
 *
 * @example
 * ```ts
 * import { Emulator, SmsDelivery } from "@metal-otp/emulator"
 * import { Layer, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 *
 * const EmulatorLive = Emulator.layer({ users: [{ authToken: Redacted.make("my-token") }] }).pipe(
 *   Layer.provide(SmsDelivery.layerWebhook({ url: "http://127.0.0.1:9000/sms" })),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeWebhook = Effect.fnUntraced(function* (
  options: WebhookOptions
): Effect.fn.Return<Service, InvalidOption, HttpClient.HttpClient> {
  // Only the status counts: the scope ends a reply that nobody reads, and would hold its socket.
  const client = HttpClient.withScope(yield* HttpClient.HttpClient)
  const { timeout, url } = yield* Effect.fromResult(read(options))
  return SmsDelivery.of({
    deliver: ({ otp, ...sms }) =>
      HttpClientRequest.post(url).pipe(
        HttpClientRequest.bodyJsonUnsafe({ ...sms, otp: Redacted.value(otp) }),
        client.execute,
        Effect.flatMap(HttpClientResponse.filterStatusOk),
        Effect.scoped,
        Effect.timeout(timeout),
        Effect.mapError(() => new SmsNotDelivered()),
        Effect.asVoid,
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" })
      )
  })
})

/**
 * `makeWebhook` as a layer.
 *
 * @param options where to, and how long that may take
 *
 * @category layers
 * @since 0.1.0
 */
export const layerWebhook = (options: WebhookOptions): Layer.Layer<SmsDelivery, InvalidOption, HttpClient.HttpClient> =>
  Layer.effect(SmsDelivery, makeWebhook(options))

/**
 * Delivers nothing: SMS stand in the outbox, and that is all. For
 * `Emulator.layerWithoutDefaults`, which asks for a delivery.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNoop: Layer.Layer<SmsDelivery> = Layer.succeed(SmsDelivery, { deliver: () => Effect.void })
