/**
 * The client for Effect 3 behind what both versions understand, so that the tests of the client for Effect 4 run over it:
 * its calls, its transports, and all that it shows of what it did.
 */
import { FetchHttpClient, Headers, HttpClient, HttpClientRequest } from "@effect/platform"
import {
  AuthToken,
  type InvalidSetting,
  Otp,
  OtpsClient,
  OtpsClients,
  type OtpSeed,
  type OtpsError,
  RecoveryCodeList,
  RetryPolicy,
  TwoFactorAuthClient
} from "@metal-otp/effect3"
import {
  Cause,
  Clock,
  Config,
  ConfigError,
  ConfigProvider,
  Context,
  Duration,
  Effect,
  Either,
  Exit,
  FiberRef,
  HashSet,
  Layer,
  Logger,
  LogLevel,
  Metric,
  Random,
  Redacted,
  Runtime,
  Schedule,
  ScheduleDecision,
  ScheduleInterval,
  Tracer
} from "effect"
import { failureOf } from "./Failures.ts"
import { client as http, CurrentHost, surroundings } from "./Http.ts"
import type * as Neutral from "./Neutral.ts"
import { external, logger, tracer } from "./Spans.ts"
import { ended, fromTask, task } from "./Tasks.ts"

export { layers, open } from "./Http.ts"

const kept: { values: Array<unknown>; texts: Array<string> } = { values: [], texts: [] }

/** Keeps what was shown, for the test that looks: most do not, so not all of it forever. */
const keep = (value: unknown, ...texts: ReadonlyArray<string>) => {
  if (kept.values.length > 100) natives()
  if (value !== undefined) kept.values.push(value)
  kept.texts.push(...texts)
}

/** All that was shown since this was asked for. */
export const natives = (): Neutral.Native => {
  const { texts, values } = kept
  kept.values = []
  kept.texts = []
  return { values, texts }
}

/** What is measured. */
export const metrics = (): ReadonlyArray<Neutral.Measure> =>
  Metric.unsafeSnapshot().map(({ metricKey, metricState }) => ({
    id: metricKey.name,
    attributes: Object.fromEntries(metricKey.tags.map(({ key, value }) => [key, value])),
    state: { ...metricState }
  }))

const clockOf = ({ millis, nanos, sleep }: Neutral.Clock): Clock.Clock => ({
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: millis,
  unsafeCurrentTimeNanos: nanos,
  currentTimeMillis: Effect.sync(millis),
  currentTimeNanos: Effect.sync(nanos),
  sleep: (duration) => fromTask(sleep(Duration.toMillis(duration)))
})

const scheduleOf = (schedule: Neutral.Policy["schedule"]): RetryPolicy.RetrySchedule => {
  if (schedule === "standard") return RetryPolicy.standard.schedule
  if (schedule === "none") return RetryPolicy.none.schedule
  const none: Neutral.Steps | undefined = undefined
  return Schedule.makeWithState(none, (now, failure: OtpsError.OtpsError, begun: Neutral.Steps | undefined) =>
    Effect.flatMap(CurrentHost, (host) => {
      const steps = begun ?? schedule(host)
      return Effect.map(fromTask(steps(now, failureOf(failure))), (delay) => [
        steps,
        delay,
        delay === undefined ? ScheduleDecision.done : ScheduleDecision.continueWith(ScheduleInterval.after(now + delay))
      ])
    })
  )
}

const policyOf = ({ schedule, ...policy }: Neutral.Policy): RetryPolicy.RetryPolicy => ({
  ...policy,
  schedule: scheduleOf(schedule)
})

const prettyOf = (cause: Cause.Cause<unknown>) =>
  Cause.isEmpty(cause) ? undefined : Cause.pretty(cause, { renderErrorCause: true })

/** Logs go to the caller's loggers alone, which put them into spans where they are to. */
const logging = <A, E, R>(self: Effect.Effect<A, E, R>, host: Pick<Neutral.Host, "log">): Effect.Effect<A, E, R> =>
  Effect.locally(
    Logger.withMinimumLogLevel(self, LogLevel.All),
    FiberRef.currentLoggers,
    HashSet.make(logger(host.log, prettyOf, (text) => keep(undefined, text)))
  )

const random = Random.make("driver")

/** Runs an effect in the world of its caller. */
const inWorld = <A, E>(self: Effect.Effect<A, E>, host: Neutral.Host): Effect.Effect<A, E> => {
  let context = Context.make(CurrentHost, host)
  if (host.init !== undefined) context = Context.add(context, FetchHttpClient.RequestInit, host.init)
  if (host.parent !== undefined) context = Context.add(context, Tracer.ParentSpan, external(host.parent))
  if (host.policy !== undefined) context = Context.add(context, RetryPolicy.CurrentRetryPolicy, policyOf(host.policy))
  let effect = Effect.provide(self, context)
  if (host.clock !== undefined) effect = Effect.withClock(effect, clockOf(host.clock))
  if (host.span !== undefined) effect = Effect.withTracer(effect, tracer(host.span))
  return logging(Effect.withRandom(effect, Object.create(random, { next: { value: Effect.sync(host.random) } })), host)
}

/** A call as a task. Its failure is no failure of the fiber: Effect 3 would tell of that by itself. */
const started = (
  self: Effect.Effect<Neutral.Value, OtpsError.OtpsError>,
  host: Neutral.Host
): Neutral.Task<Neutral.Value, Neutral.Failure> => {
  const exits = Effect.tap(Effect.exit(self), (exit) =>
    Effect.sync(() => {
      // What it succeeds with is for its caller.
      if (Exit.isFailure(exit)) {
        const { cause } = exit
        const error = Cause.squash(cause)
        keep(exit)
        keep(error, Cause.pretty(cause), Cause.pretty(cause, { renderErrorCause: true }))
      }
    })
  )
  const run = task(inWorld(exits, host))
  return (done) =>
    run((end) => {
      if (end._tag !== "Success") return done(end)
      const inner = ended(end.value)
      if (inner._tag === "Failure") return done({ _tag: "Failure", error: failureOf(inner.error) })
      done(inner)
    })
}

const none: Neutral.Value = { codes: [], outcome: undefined, uri: "" }

const listed = (list: RecoveryCodeList.RecoveryCodeList): Neutral.Value => ({
  ...none,
  codes: RecoveryCodeList.values(list)
})

const confirmed = ({ codes, outcome }: OtpsClient.Confirmation): Neutral.Value => ({ ...listed(codes), outcome })

const seeded = ({ otpUri }: OtpSeed.OtpSeed): Neutral.Value => ({ ...none, uri: Redacted.value(otpUri) })

const done = (): Neutral.Value => none

/** An OTP as it is, as the codes of a list are. */
const hidden = (otp: string): Effect.Effect<Otp.Otp, OtpsError.InvalidOtp> => {
  const [own] = RecoveryCodeList.make([otp]).recoveryCodes
  return own === undefined ? Otp.make(otp) : Effect.succeed(own)
}

type Called = (call: Neutral.Call, options: OtpsClient.CallOptions) => Effect.Effect<Neutral.Value, OtpsError.OtpsError>

type Calls = { readonly [O in Neutral.Operation]?: Called }

const callsOf = (client: OtpsClient.Service): Calls => ({
  findRecoveryCodes: (_, options) => Effect.map(client.findRecoveryCodes(options), listed),
  regenerateCodes: (_, options) => Effect.map(client.regenerateCodes(options), listed),
  regenerateCodesConfirmed: (_, options) => Effect.map(client.regenerateCodesConfirmed(options), confirmed),
  confirmRegenerateCodes: ({ before }, options) =>
    Effect.map(client.confirmRegenerateCodes(RecoveryCodeList.make(before), options), confirmed),
  receiveCodes: (_, options) => Effect.map(client.receiveCodes(options), done),
  findEnsureOtp: ({ otp }, options) =>
    Effect.map(
      Effect.flatMap(hidden(otp), (otp) => client.findEnsureOtp(otp, options)),
      done
    ),
  seedApp: (_, options) => Effect.map(client.seedApp(options), seeded)
})

const twoFactorAuthOf = (client: TwoFactorAuthClient.Service): Calls => {
  const called =
    (operation: keyof TwoFactorAuthClient.Service): Called =>
    ({ otp }, options) =>
      Effect.map(
        Effect.flatMap(hidden(otp), (otp) => client[operation](otp, options)),
        done
      )
  return {
    enableTfaApp: called("enableTfaApp"),
    disableTfaApp: called("disableTfaApp"),
    enableTfaSms: called("enableTfaSms"),
    disableTfaSms: called("disableTfaSms")
  }
}

const clientOf = (service: object, calls: Calls): Neutral.Client => {
  keep(service)
  return {
    call: (call, host) => {
      const { operation, policy, timeout } = call
      const called = calls[operation]
      if (called === undefined) throw new Error(`It has no ${operation}`)
      const options: OtpsClient.CallOptions = {
        ...(timeout === undefined ? {} : { timeout }),
        ...(policy === undefined ? {} : { retryPolicy: policyOf(policy) })
      }
      return started(
        Effect.suspend(() => called(call, options)),
        host
      )
    }
  }
}

const ofOtps = (service: OtpsClient.Service) => clientOf(service, callsOf(service))
const ofTwoFactorAuth = (service: TwoFactorAuthClient.Service) => clientOf(service, twoFactorAuthOf(service))

/** The token of an effect of the other version, which may come to anything. */
const token: Effect.Effect<AuthToken.AuthToken, unknown> = Effect.flatMap(Effect.runtime<never>(), (runtime) => {
  const host = Context.get(runtime.context, CurrentHost)
  if (host === undefined) return Effect.die("There is no call")
  return Effect.flatMap(FiberRef.get(Headers.currentRedactedNames), (redacted) =>
    Effect.flatMap(FiberRef.get(HttpClient.currentTracerDisabledWhen), (isDisabled) => {
      const isUntraced = isDisabled(anyRequest)
      const own = Runtime.make({ ...runtime })
      return Effect.flatMap(
        fromTask(host.token(surroundings(runtime.context, own, { isUntraced, redacted }))),
        (given): Effect.Effect<AuthToken.AuthToken, unknown> =>
          "hidden" in given ? AuthToken.make(given.hidden) : unchecked(given.other)
      )
    })
  )
})

const anyRequest = HttpClientRequest.get("https://api.example")

/** Comes to what no type allows. */
const unchecked = (value: unknown): Effect.Effect<never> =>
  Effect.async((resume) => Reflect.apply(resume, undefined, [Effect.succeed(value)]))

const settingsOf = (options: Neutral.Options): OtpsClients.Options => ({
  baseUrl: options.baseUrl,
  allowInsecureHttp: options.allowInsecureHttp,
  timeout: options.timeout,
  maxBodySize: options.maxBodySize,
  retryPolicy: options.retryPolicy && policyOf(options.retryPolicy),
  retryBudget: options.retryBudget,
  userAgent: options.userAgent
})

const made = <A>(
  self: Effect.Effect<A, InvalidSetting.InvalidSetting, HttpClient.HttpClient>,
  { init }: Neutral.Options,
  host: Pick<Neutral.Host, "log">
): Either.Either<A, Neutral.Failure> => {
  const making = Effect.provideService(self, HttpClient.HttpClient, http)
  const within = init === undefined ? making : Effect.provideService(making, FetchHttpClient.RequestInit, init)
  const exit = Effect.runSyncExit(logging(Effect.either(within), host))
  keep(exit)
  return Either.mapLeft(Exit.isSuccess(exit) ? exit.value : Either.left(Cause.squash(exit.cause)), (error) => {
    keep(error)
    return failureOf(error)
  })
}

type Made<A> = { readonly made: A } | { readonly failure: Neutral.Failure }

const plain = <A>(either: Either.Either<A, Neutral.Failure>): Made<A> =>
  Either.isRight(either) ? { made: either.right } : { failure: either.left }

type Kind = "OtpsClient" | "TwoFactorAuthClient"

/** Makes a client of one token, which is the call's host's where none is given. */
export const make = (
  kind: Kind,
  authToken: string | undefined,
  options: Neutral.Options,
  host: Pick<Neutral.Host, "log">
): Made<Neutral.Client> => {
  const all = { ...settingsOf(options), authToken: authToken === undefined ? token : Redacted.make(authToken) }
  return kind === "OtpsClient"
    ? plain(Either.map(made(OtpsClient.make(all), options, host), ofOtps))
    : plain(Either.map(made(TwoFactorAuthClient.make(all), options, host), ofTwoFactorAuth))
}

/** Makes a client of what the environment says, with a base URL in its place if one is given. */
export const makeOfEnvironment = (
  kind: Kind,
  environment: Readonly<Record<string, string>>,
  { baseUrl, ...options }: Neutral.Options,
  host: Pick<Neutral.Host, "log">
): Made<Neutral.Client> => {
  const all = {
    ...settingsOf({ ...options, baseUrl: undefined }),
    baseUrl: baseUrl === undefined ? undefined : Config.succeed(String(baseUrl))
  }
  const built = <I, S>(
    tag: Context.Tag<I, S>,
    layer: Layer.Layer<I, ConfigError.ConfigError | InvalidSetting.InvalidSetting, HttpClient.HttpClient>
  ) => {
    keep(layer)
    const client = Effect.scoped(Effect.map(Layer.build(layer), Context.get(tag))).pipe(
      Effect.catchIf(ConfigError.isConfigError, (error) => Effect.die(error)),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment))))
    )
    return made(client, { ...options, baseUrl }, host)
  }
  return kind === "OtpsClient"
    ? plain(Either.map(built(OtpsClient.OtpsClient, OtpsClient.layerConfig(all)), ofOtps))
    : plain(
        Either.map(
          built(TwoFactorAuthClient.TwoFactorAuthClient, TwoFactorAuthClient.layerConfig(all)),
          ofTwoFactorAuth
        )
      )
}

/** Makes the clients of users. */
export const makeForUsers = (
  options: Neutral.Options,
  host: Pick<Neutral.Host, "log">
): Made<(authToken: string) => Neutral.Client> =>
  plain(
    Either.map(made(OtpsClients.make(settingsOf(options)), options, host), (clients) => (authToken: string) => {
      const service = clients.forUser(Either.getOrThrow(AuthToken.parse(authToken)))
      return clientOf(service, { ...callsOf(service), ...twoFactorAuthOf(service) })
    })
  )
