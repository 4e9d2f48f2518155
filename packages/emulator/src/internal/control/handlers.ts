/** What each endpoint of the control API does. */
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
import { maxTime } from "../times.ts"
import * as events from "./events.ts"
import * as shown from "./shown.ts"

/** The parts of the emulator that the control API shows and changes. */
export interface Parts {
  readonly view: View
  readonly faults: Faults
  /** Completes when the server closes, so that clients stop waiting. */
  readonly closing: Deferred.Deferred<void>
}

const notFound = (error: string) => new NotFound({ errors: [error] })

const unknownUser = notFound("There is no user with this name. GET /_emulator/v1/users lists them, POST adds one.")

const unknownMessage = notFound(
  "There is no message with this id, or it was deleted. GET /_emulator/v1/messages lists them."
)

const unknownRequest = notFound(
  "There is no request with this id, or it was deleted. GET /_emulator/v1/requests lists them."
)

const noApp = notFound(
  "The user has no authenticator app, and no seed for one. POST /metal/v1/user/otp/app/receive with the user's token issues a seed."
)

const noMessages = notFound(
  "There is no message for this user. POST /metal/v1/user/otp/sms/receive with the user's token sends an SMS."
)

const unknownUserInQuery = new InvalidRequest({
  errors: ["user: no user has this name. GET /_emulator/v1/users lists the users, POST adds one."]
})

const noOtp = (wait: Duration.Duration) =>
  notFound(
    `No message with a working OTP came within ${Duration.format(wait)}. POST /metal/v1/user/otp/sms/receive with the user's ` +
      "token sends an SMS. GET /_emulator/v1/requests lists the requests and why they were refused."
  )

const userRemoved = notFound("The user was removed during the wait. POST /_emulator/v1/users adds one.")

const defaultWait = Duration.seconds(10)

/** The number of clients that may wait for codes at once. */
const maxWaiting = 5000
/** The number of clients that may listen to events at once. */
const maxListening = 100

const tooMany = (clients: string) =>
  new Unavailable({ errors: [`${clients} already. End some of them, and try again.`], retryAfter: 1 })

const tooManyWaiting = tooMany(`${maxWaiting} clients wait for codes`)
const tooManyListening = tooMany(`${maxListening} clients listen to events`)

const closed = new Unavailable({ errors: ["The emulator is closing. Start it again."], retryAfter: 1 })

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
          if (Option.isNone(yield* view.user(user))) return yield* unknownUserInQuery
          const found = yield* view
            .otp({ user, after, wait })
            .pipe(
              Effect.raceFirst(Effect.andThen(Deferred.await(closing), Effect.fail(closed))),
              waiting.withPermitsIfAvailable(1)
            )
          if (Option.isNone(found)) return yield* tooManyWaiting
          if (Option.isSome(found.value)) return yield* shown.message(view, found.value.value)
          return yield* Option.isNone(yield* view.user(user)) ? userRemoved : noOtp(wait)
        }),
        counts: () => view.counts,
        reset: Effect.fnUntraced(function* ({ payload }) {
          const { seed, user } = payload ?? {}
          if (user !== undefined) {
            if (!(yield* view.resetUser(user, seed))) return yield* unknownUser
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
              () => tooManyListening
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
        const isWanted = belongsTo(whose)
        const found = (yield* view.outbox).filter((sms) => isWanted(sms.user) && isAfter(sms, after))
        return {
          now: yield* view.clock.now,
          total: found.length,
          messages: yield* Effect.forEach(newestFirst(found, limit), (sms) => shown.message(view, sms))
        }
      }),
      clear: ({ query }) => view.clearOutbox(query),
      newest: Effect.fnUntraced(function* ({ query: { user } }) {
        if (Option.isNone(yield* view.user(user))) return yield* unknownUserInQuery
        return yield* show(yield* view.newestSms(user), noMessages)
      }),
      get: ({ params: { id } }) => Effect.flatMap(view.sms(id), (sms) => show(sms, unknownMessage)),
      remove: ({ params: { id } }) =>
        Effect.flatMap(view.removeSms(id), (isRemoved) => (isRemoved ? Effect.void : Effect.fail(unknownMessage)))
    })
  )
}

const requests = ({ view }: Parts) =>
  HttpApiBuilder.group(ControlApi, "requests", (handlers) =>
    handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query: { after = 0, limit, operation, status, ...whose } }) {
        const isWanted = belongsTo(whose)
        const found = (yield* view.requests).filter(
          (request) =>
            request.id > after &&
            isWanted(request.user) &&
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
        return found === undefined ? yield* unknownRequest : found
      })
    })
  )

const users = ({ view }: Parts) => {
  const findUser = (name: string): Effect.Effect<UserView, NotFound> =>
    Effect.flatMap(view.user(name), (user) => Effect.mapError(Effect.fromOption(user), () => unknownUser))
  const appOf = (name: string): Effect.Effect<App, NotFound> =>
    Effect.flatMap(findUser(name), ({ app, seed }) => Effect.mapError(Effect.fromNullishOr(app ?? seed), () => noApp))
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
              Effect.fail(new Conflict({ errors: [`${message} Choose another one, or leave it out.`] }))
          }),
          Effect.map(shown.user)
        ),
      get: ({ params: { user } }) => Effect.map(findUser(user), shown.user),
      remove: ({ params: { user } }) =>
        Effect.flatMap(view.removeUser(user), (isRemoved) => (isRemoved ? Effect.void : Effect.fail(unknownUser))),
      unlock: ({ params: { user } }) => Effect.andThen(findUser(user), view.unlock(user)),
      app: ({ params: { user } }) => Effect.map(appOf(user), shown.app),
      qrCode: ({ params: { user } }) => Effect.map(appOf(user), qrCode),
      recoveryCodes: ({ params: { user } }) => Effect.map(findUser(user), ({ recoveryCodes }) => ({ recoveryCodes })),
      sendSms: ({ params: { user } }) =>
        view.sendSms(user).pipe(
          Effect.catchTags({
            UnprocessableEntity: () =>
              Effect.fail(
                new NoPhoneNumber({ errors: ["The user has no phone number. Add a user with a phone number."] })
              ),
            RateLimited: ({ retryAfter = Duration.zero }) =>
              Effect.fail(
                new SmsLimitReached({
                  errors: [
                    "The user has received as many SMS as smsLimit allows. Advance the clock, or reset the user."
                  ],
                  retryAfter: Math.ceil(Duration.toSeconds(retryAfter))
                })
              ),
            InternalServerError: () =>
              Effect.fail(
                new SmsNotSent({ errors: ["The webhook did not take the SMS. Look at the server of smsWebhook."] })
              )
          }),
          Effect.flatMap((sms) => Effect.mapError(Effect.fromOption(sms), () => unknownUser)),
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

const tooLate = new InvalidRequest({
  errors: ["by: the clock can't go past the year 275760. Give a shorter duration."]
})

const clock = ({ view: { clock } }: Parts) =>
  HttpApiBuilder.group(ControlApi, "clock", (handlers) =>
    handlers.handleAll({
      get: () => clock.state,
      set: ({ payload: { now } }) => clock.set(now),
      advance: Effect.fnUntraced(function* ({ payload: { by } }) {
        if ((yield* clock.now) + Duration.toMillis(by) > maxTime) return yield* tooLate
        return yield* clock.advance(by)
      }),
      hold: () => clock.hold,
      release: () => clock.release,
      reset: () => clock.reset
    })
  )

const health = ({ view }: Parts) =>
  HttpApiBuilder.group(ControlApi, "health", (handlers) =>
    handlers.handleAll({
      health: () => Effect.succeed({ status: "ok" }),
      // A state that can't be read is a defect, and so a 500.
      ready: () => Effect.as(view.counts, { status: "ok" })
    })
  )

/**
 * The handlers of all endpoints.
 *
 * @param parts the parts of the emulator
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
