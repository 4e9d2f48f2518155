/**
 * Delivers SMS. `Emulator.layer` uses the `SmsDelivery` of its context. Without one, SMS are in the
 * outbox only.
 *
 * The code of an SMS works before its delivery starts, so that its receiver can use it at once. If
 * the delivery fails, or the caller disconnects before its end, the code stops working, the outbox
 * and the counts stay the same, and the call fails with 500. Nobody knows whether the SMS arrived
 * all the same: that is the meaning of a 500.
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
import { optionDecoder } from "./internal/optionDecoder.ts"
import * as options from "./internal/options.ts"
import type { InvalidOption } from "./InvalidOption.ts"
import type { NewSms } from "./Store.ts"

/**
 * The SMS was not delivered, or nobody knows. The failure has no cause, which may hold the OTP.
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
 * A delivery of SMS.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /** Delivers one SMS. It succeeds only when the receiver has it. */
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
 * The options of a webhook. Decoding checks them and adds the defaults.
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

const decode = optionDecoder(WebhookOptions)

/**
 * Makes a delivery that posts every SMS to a URL, as JSON:
 * `{"user", "phoneNumber", "otp", "sentAt", "expiresAt"}`, with times in epoch milliseconds. Every
 * 2xx is a success. It does not read the body of the reply, retry, or follow redirects.
 *
 * Fails with `InvalidOption` if the URL or the timeout is invalid.
 *
 * @param options the URL and the timeout
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
  // Only the status counts. Closing the scope frees the socket of a reply whose body is not read.
  const client = HttpClient.withScope(yield* HttpClient.HttpClient)
  const { timeout, url } = yield* Effect.fromResult(decode(options))
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
 * Fails with `InvalidOption` as `makeWebhook` does.
 *
 * @param options the URL and the timeout
 *
 * @category layers
 * @since 0.1.0
 */
export const layerWebhook = (options: WebhookOptions): Layer.Layer<SmsDelivery, InvalidOption, HttpClient.HttpClient> =>
  Layer.effect(SmsDelivery, makeWebhook(options))

/**
 * Delivers no SMS: they are in the outbox only. For `Emulator.layerWithoutDefaults`, which requires
 * an `SmsDelivery`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNoop: Layer.Layer<SmsDelivery> = Layer.succeed(SmsDelivery, { deliver: () => Effect.void })
