import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import { ControlApi } from "../../ControlApi.ts"
import {
  Conflict,
  InvalidRequest,
  NoPhoneNumber,
  NotFound,
  SmsLimitReached,
  SmsNotSent,
  Unavailable
} from "../../ControlError.ts"
import type { Service as Faults } from "../../Faults.ts"
import type { App, UserView, View } from "../../View.ts"
import { qrCode } from "../qrCode.ts"
import { isAfter, belongsTo } from "../filters.ts"
import * as events from "./events.ts"
import * as shown from "./shown.ts"

/** What the control API is made with. */
export interface Parts {
  readonly view: View
  readonly faults: Faults
  /** Is done when the server closes: who waits then waits no longer. */
  readonly closing: Deferred.Deferred<void>
}

const notFound = (error: string) => new NotFound({ errors: [error] })

const noUser = notFound("There is no user with this name. GET /_emulator/v1/users lists them, POST adds one.")

const noMessage = notFound(
  "There is no message with this id. It may be forgotten: GET /_emulator/v1/messages lists them."
)

const noRequest = notFound(
  "There is no request with this id. It may be forgotten: GET /_emulator/v1/requests lists them."
)

const noApp = notFound(
  "The user has no authenticator app, and no seed for one. POST /metal/v1/user/otp/app/receive with their token issues one."
)

const noneSent = notFound(
  "No SMS was sent to this user. POST /metal/v1/user/otp/sms/receive with their token sends one."
)

const nobody = new InvalidRequest({
  errors: ["user: nobody has this name. GET /_emulator/v1/users lists the users, POST adds one."]
})

const noOtp = (wait: Duration.Duration) =>
  notFound(
    `No code that works came within ${Duration.format(wait)}. POST /metal/v1/user/otp/sms/receive with the user's token ` +
      "sends one; GET /_emulator/v1/requests tells what was asked and refused."
  )

const defaultWait = Duration.seconds(10)

/** How many wait for a code, and how many listen to events, at once. */
const maxWaiting = 5000
const maxListening = 100

const tooMany = (what: string) =>
  new Unavailable({ errors: [`${what} at once: end some of them, and try again.`], retryAfter: 1 })

const tooManyWait = tooMany(`${maxWaiting} wait for codes`)
const tooManyListen = tooMany(`${maxListening} listen to events`)

const closed = new Unavailable({ errors: ["The emulator is closing: start it again."], retryAfter: 1 })

const newestFirst = <A>(list: ReadonlyArray<A>, limit = 200) => list.toReversed().slice(0, limit)

const control = ({ closing, faults, view }: Parts) =>
  HttpApiBuilder.group(
    ControlApi,
    "control",
    Effect.fnUntraced(function* (handlers) {
      const waiting = yield* Semaphore.make(maxWaiting)
      const listening = yield* Semaphore.make(maxListening)
      return handlers.handleAll({
        otp: Effect.fnUntraced(function* ({ query: { after, user, wait = defaultWait } }) {
          if (Option.isNone(yield* view.user(user))) return yield* nobody
          const found = yield* view
            .otp({ user, after, wait })
            .pipe(
              Effect.raceFirst(Effect.andThen(Deferred.await(closing), Effect.fail(closed))),
              waiting.withPermitsIfAvailable(1)
            )
          if (Option.isNone(found)) return yield* tooManyWait
          if (Option.isNone(found.value)) return yield* noOtp(wait)
          return yield* shown.message(view, found.value.value)
        }),
        counts: () => view.counts,
        reset: Effect.fnUntraced(function* ({ payload }) {
          const { seed, user } = payload ?? {}
          if (user !== undefined) {
            if (!(yield* view.resetUser(user, seed))) return yield* noUser
            return
          }
          yield* faults.reset
          yield* view.reset(seed)
        }),
        events: Effect.fnUntraced(function* ({ query: { user } }) {
          yield* Effect.acquireRelease(
            Effect.filterOrFail(
              Semaphore.takeIfAvailable(listening, 1),
              (isTaken) => isTaken,
              () => tooManyListen
            ),
            () => listening.release(1)
          )
          return events.make({ view, faults, closing }, user)
        })
      })
    })
  )

const messages = ({ view }: Parts) => {
  const show = (sms: Option.Option<Parameters<View["works"]>[0]>, none: NotFound) =>
    Effect.flatMap(
      Effect.mapError(Effect.fromOption(sms), () => none),
      (sms) => shown.message(view, sms)
    )
  return HttpApiBuilder.group(ControlApi, "messages", (handlers) =>
    handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query: { after, limit, ...whose } }) {
        const isOfThem = belongsTo(whose)
        const found = (yield* view.outbox).filter((sms) => isOfThem(sms.user) && isAfter(sms, after))
        return {
          now: yield* view.clock.now,
          total: found.length,
          messages: yield* Effect.forEach(newestFirst(found, limit), (sms) => shown.message(view, sms))
        }
      }),
      clear: ({ query }) => view.clearOutbox(query),
      newest: Effect.fnUntraced(function* ({ query: { user } }) {
        if (Option.isNone(yield* view.user(user))) return yield* nobody
        return yield* show(yield* view.newestSms(user), noneSent)
      }),
      get: ({ params: { id } }) => Effect.flatMap(view.sms(id), (sms) => show(sms, noMessage)),
      remove: ({ params: { id } }) =>
        Effect.flatMap(view.removeSms(id), (isRemoved) => (isRemoved ? Effect.void : Effect.fail(noMessage)))
    })
  )
}

const requests = ({ view }: Parts) =>
  HttpApiBuilder.group(ControlApi, "requests", (handlers) =>
    handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query: { after = 0, limit, operation, status, ...whose } }) {
        const isOfThem = belongsTo(whose)
        const found = (yield* view.requests).filter(
          (request) =>
            request.id > after &&
            isOfThem(request.user) &&
            (operation === undefined || request.operation === operation) &&
            (status === undefined || request.status === status)
        )
        return {
          now: yield* view.clock.now,
          total: found.length,
          requests: newestFirst(found, limit)
        }
      }),
      clear: ({ query }) => view.clearRequests(query),
      get: Effect.fnUntraced(function* ({ params: { id } }) {
        const found = (yield* view.requests).find((request) => request.id === id)
        return found === undefined ? yield* noRequest : found
      })
    })
  )

const users = ({ view }: Parts) => {
  const found = (name: string): Effect.Effect<UserView, NotFound> =>
    Effect.flatMap(view.user(name), (user) => Effect.mapError(Effect.fromOption(user), () => noUser))
  const appOf = (name: string): Effect.Effect<App, NotFound> =>
    Effect.flatMap(found(name), ({ app, seed }) => Effect.mapError(Effect.fromNullishOr(app ?? seed), () => noApp))
  return HttpApiBuilder.group(ControlApi, "users", (handlers) =>
    handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const { total, users } = yield* view.users(query)
        return { now: yield* view.clock.now, total, users: users.map(shown.user) }
      }),
      add: ({ payload }) =>
        view.addUser(payload ?? {}).pipe(
          Effect.catchTags({
            InvalidOption: ({ message }) => Effect.fail(new InvalidRequest({ errors: [message] })),
            UserExists: ({ message }) =>
              Effect.fail(new Conflict({ errors: [`${message} Leave it out, or give another.`] }))
          }),
          Effect.map(shown.user)
        ),
      get: ({ params: { user } }) => Effect.map(found(user), shown.user),
      remove: ({ params: { user } }) =>
        Effect.flatMap(view.removeUser(user), (isRemoved) => (isRemoved ? Effect.void : Effect.fail(noUser))),
      unlock: ({ params: { user } }) => Effect.andThen(found(user), view.unlock(user)),
      app: ({ params: { user } }) => Effect.map(appOf(user), shown.app),
      qrCode: ({ params: { user } }) => Effect.map(appOf(user), qrCode),
      recoveryCodes: ({ params: { user } }) => Effect.map(found(user), ({ recoveryCodes }) => ({ recoveryCodes })),
      sendSms: ({ params: { user } }) =>
        view.sendSms(user).pipe(
          Effect.catchTags({
            UnprocessableEntity: () =>
              Effect.fail(new NoPhoneNumber({ errors: ["The user has no phone number: add one with a phoneNumber."] })),
            RateLimited: ({ retryAfter = Duration.zero }) =>
              Effect.fail(
                new SmsLimitReached({
                  errors: ["The user has had as many SMS as smsLimit allows: advance the clock, or reset the user."],
                  retryAfter: Math.ceil(Duration.toSeconds(retryAfter))
                })
              ),
            InternalServerError: () =>
              Effect.fail(
                new SmsNotSent({ errors: ["The SMS could not be delivered: look at what smsWebhook posts to."] })
              )
          }),
          Effect.flatMap((sms) => Effect.mapError(Effect.fromOption(sms), () => noUser)),
          Effect.flatMap((sms) => shown.message(view, sms))
        )
    })
  )
}

const faultsOf = ({ faults }: Parts) =>
  HttpApiBuilder.group(ControlApi, "faults", (handlers) =>
    handlers.handleAll({
      get: () =>
        Effect.all({
          rules: Effect.map(faults.rules, shown.rules),
          seed: faults.seed,
          injected: faults.injectedCount,
          idle: faults.idle
        }),
      set: ({ payload: { rules, seed } }) =>
        Effect.mapError(faults.set(rules, { seed }), ({ message }) => new InvalidRequest({ errors: [message] })),
      clear: () => faults.clear
    })
  )

const clock = ({ view: { clock } }: Parts) =>
  HttpApiBuilder.group(ControlApi, "clock", (handlers) =>
    handlers.handleAll({
      get: () => clock.state,
      set: ({ payload: { now } }) => clock.set(now),
      advance: ({ payload: { by } }) => clock.advance(by),
      hold: () => clock.hold,
      release: () => clock.release,
      reset: () => clock.reset
    })
  )

const health = ({ view }: Parts) =>
  HttpApiBuilder.group(ControlApi, "health", (handlers) =>
    handlers.handleAll({
      health: () => Effect.succeed({ status: "ok" }),
      // What can't be read is a defect, and so a 500.
      ready: () => Effect.as(view.counts, { status: "ok" })
    })
  )

/**
 * Answers the control API.
 *
 * @param parts what it is made with
 */
export const layer = (parts: Parts) =>
  Layer.mergeAll(
    control(parts),
    messages(parts),
    requests(parts),
    users(parts),
    faultsOf(parts),
    clock(parts),
    health(parts)
  )
