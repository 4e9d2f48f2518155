/**
 * The driver: it runs the client for Effect 3 behind plain types, so that the tests of `@metal-otp/client`, which are
 * written in Effect 4, run over it. `packages/client/test/support/effect3` is the other half.
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

/** Keeps values and texts for `natives`. Drops them after a hundred, because most tests never ask for them. */
const keep = (value: unknown, ...texts: ReadonlyArray<string>) => {
  if (kept.values.length > 100) natives()
  if (value !== undefined) kept.values.push(value)
  kept.texts.push(...texts)
}

/** Returns all that Effect 3 has shown since the last time, and forgets it. */
export const natives = (): Neutral.Native => {
  const { texts, values } = kept
  kept.values = []
  kept.texts = []
  return { values, texts }
}

/** Returns all metrics. */
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
  const notBegun: Neutral.Steps | undefined = undefined
  return Schedule.makeWithState(notBegun, (now, failure: OtpsError.OtpsError, begun: Neutral.Steps | undefined) =>
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

/** Logs of all levels go to the loggers of the caller only. Those add them to spans. */
const logging = <A, E, R>(self: Effect.Effect<A, E, R>, host: Pick<Neutral.Host, "log">): Effect.Effect<A, E, R> =>
  Effect.locally(
    Logger.withMinimumLogLevel(self, LogLevel.All),
    FiberRef.currentLoggers,
    HashSet.make(logger(host.log, prettyOf, (text) => keep(undefined, text)))
  )

const random = Random.make("driver")

/** Provides the clock, tracer, loggers and services of the caller. */
const provideCaller = <A, E>(self: Effect.Effect<A, E>, host: Neutral.Host): Effect.Effect<A, E> => {
  let context = Context.make(CurrentHost, host)
  if (host.init !== undefined) context = Context.add(context, FetchHttpClient.RequestInit, host.init)
  if (host.parent !== undefined) context = Context.add(context, Tracer.ParentSpan, external(host.parent))
  if (host.policy !== undefined) context = Context.add(context, RetryPolicy.CurrentRetryPolicy, policyOf(host.policy))
  let effect = Effect.provide(self, context)
  if (host.clock !== undefined) effect = Effect.withClock(effect, clockOf(host.clock))
  if (host.span !== undefined) effect = Effect.withTracer(effect, tracer(host.span))
  return logging(Effect.withRandom(effect, Object.create(random, { next: { value: Effect.sync(host.random) } })), host)
}

/** Converts a call to a task. The fiber never fails, because Effect 3 logs the failure of a fiber. */
const toTask = (
  self: Effect.Effect<Neutral.Value, OtpsError.OtpsError>,
  host: Neutral.Host
): Neutral.Task<Neutral.Value, Neutral.Failure> => {
  const exits = Effect.tap(Effect.exit(self), (exit) =>
    Effect.sync(() => {
      // A success may hold recovery codes, which are for the caller.
      if (Exit.isFailure(exit)) {
        const { cause } = exit
        const error = Cause.squash(cause)
        keep(exit)
        keep(error, Cause.pretty(cause), Cause.pretty(cause, { renderErrorCause: true }))
      }
    })
  )
  const run = task(provideCaller(exits, host))
  return (done) =>
    run((end) => {
      if (end._tag !== "Success") return done(end)
      const inner = ended(end.value)
      if (inner._tag === "Failure") return done({ _tag: "Failure", error: failureOf(inner.error) })
      done(inner)
    })
}

const emptyValue: Neutral.Value = { codes: [], outcome: undefined, uri: "" }

const toCodes = (list: RecoveryCodeList.RecoveryCodeList): Neutral.Value => ({
  ...emptyValue,
  codes: RecoveryCodeList.values(list)
})

const toConfirmation = ({ codes, outcome }: OtpsClient.Confirmation): Neutral.Value => ({ ...toCodes(codes), outcome })

const toSeed = ({ otpUri }: OtpSeed.OtpSeed): Neutral.Value => ({ ...emptyValue, uri: Redacted.value(otpUri) })

/** Makes an OTP as it is, as the codes of a list are. `Otp.make` would also join groups of digits. */
const toOtp = (otp: string): Effect.Effect<Otp.Otp, OtpsError.InvalidOtp> => {
  const [code] = RecoveryCodeList.make([otp]).recoveryCodes
  return code === undefined ? Otp.make(otp) : Effect.succeed(code)
}

type Operation = (
  call: Neutral.Call,
  options: OtpsClient.CallOptions
) => Effect.Effect<Neutral.Value, OtpsError.OtpsError>

type Operations = { readonly [O in Neutral.Operation]?: Operation }

/** An operation that takes an OTP and returns nothing. */
const withOtp =
  (run: (otp: Otp.Otp, options: OtpsClient.CallOptions) => Effect.Effect<void, OtpsError.OtpsError>): Operation =>
  ({ otp }, options) =>
    toOtp(otp).pipe(
      Effect.flatMap((otp) => run(otp, options)),
      Effect.as(emptyValue)
    )

const otpsOperations = (client: OtpsClient.Service): Operations => ({
  findRecoveryCodes: (_, options) => Effect.map(client.findRecoveryCodes(options), toCodes),
  regenerateCodes: (_, options) => Effect.map(client.regenerateCodes(options), toCodes),
  regenerateCodesConfirmed: (_, options) => Effect.map(client.regenerateCodesConfirmed(options), toConfirmation),
  confirmRegenerateCodes: ({ before }, options) =>
    Effect.map(client.confirmRegenerateCodes(RecoveryCodeList.make(before), options), toConfirmation),
  receiveCodes: (_, options) => Effect.as(client.receiveCodes(options), emptyValue),
  findEnsureOtp: withOtp(client.findEnsureOtp),
  seedApp: (_, options) => Effect.map(client.seedApp(options), toSeed)
})

const twoFactorAuthOperations = (client: TwoFactorAuthClient.Service): Operations => ({
  enableTfaApp: withOtp(client.enableTfaApp),
  disableTfaApp: withOtp(client.disableTfaApp),
  enableTfaSms: withOtp(client.enableTfaSms),
  disableTfaSms: withOtp(client.disableTfaSms)
})

const toClient = (service: object, operations: Operations): Neutral.Client => {
  keep(service)
  return {
    call: (call, host) => {
      const { operation, policy, timeout } = call
      const run = operations[operation]
      if (run === undefined) throw new Error(`The client has no operation ${operation}`)
      const options: OtpsClient.CallOptions = {
        ...(timeout === undefined ? {} : { timeout }),
        ...(policy === undefined ? {} : { retryPolicy: policyOf(policy) })
      }
      return toTask(
        Effect.suspend(() => run(call, options)),
        host
      )
    }
  }
}

const ofOtps = (service: OtpsClient.Service) => toClient(service, otpsOperations(service))
const ofTwoFactorAuth = (service: TwoFactorAuthClient.Service) => toClient(service, twoFactorAuthOperations(service))

const anyRequest = HttpClientRequest.get("https://api.example")

/** Succeeds with a value that the types forbid. */
const unchecked = (value: unknown): Effect.Effect<never> =>
  Effect.async((resume) => Reflect.apply(resume, undefined, [Effect.succeed(value)]))

/** The effect of a token that the caller runs. It may return a value that is not a token. */
const token = Effect.gen(function* () {
  const runtime = yield* Effect.runtime<never>()
  const host = Context.get(runtime.context, CurrentHost)
  if (host === undefined) return yield* Effect.die("There is no current call")
  const redacted = yield* FiberRef.get(Headers.currentRedactedNames)
  const isDisabled = yield* FiberRef.get(HttpClient.currentTracerDisabledWhen)
  const within = surroundings(runtime.context, Runtime.make({ ...runtime }), {
    isUntraced: isDisabled(anyRequest),
    redacted
  })
  const given = yield* fromTask(host.token(within))
  return yield* "hidden" in given ? AuthToken.make(given.hidden) : unchecked(given.other)
})

const settingsOf = (options: Neutral.Options): OtpsClients.Options => ({
  baseUrl: options.baseUrl,
  allowInsecureHttp: options.allowInsecureHttp,
  timeout: options.timeout,
  maxBodySize: options.maxBodySize,
  retryPolicy: options.retryPolicy && policyOf(options.retryPolicy),
  retryBudget: options.retryBudget,
  userAgent: options.userAgent
})

type Made<A> = { readonly made: A } | { readonly failure: Neutral.Failure }

/** Makes a client with the driver's transport. */
const runMake = <A, B>(
  self: Effect.Effect<A, InvalidSetting.InvalidSetting, HttpClient.HttpClient>,
  toNeutral: (made: A) => B,
  { init }: Neutral.Options,
  host: Pick<Neutral.Host, "log">
): Made<B> => {
  const making = Effect.provideService(self, HttpClient.HttpClient, http)
  const withInit = init === undefined ? making : Effect.provideService(making, FetchHttpClient.RequestInit, init)
  const exit = Effect.runSyncExit(logging(Effect.either(withInit), host))
  keep(exit)
  const result = Exit.isSuccess(exit) ? exit.value : Either.left(Cause.squash(exit.cause))
  if (Either.isRight(result)) return { made: toNeutral(result.right) }
  keep(result.left)
  return { failure: failureOf(result.left) }
}

type Kind = "OtpsClient" | "TwoFactorAuthClient"

/** Makes a client of one token. Without `authToken`, the caller of each call gives the token. */
export const make = (
  kind: Kind,
  authToken: string | undefined,
  options: Neutral.Options,
  host: Pick<Neutral.Host, "log">
): Made<Neutral.Client> => {
  const settings = { ...settingsOf(options), authToken: authToken === undefined ? token : Redacted.make(authToken) }
  return kind === "OtpsClient"
    ? runMake(OtpsClient.make(settings), ofOtps, options, host)
    : runMake(TwoFactorAuthClient.make(settings), ofTwoFactorAuth, options, host)
}

/**
 * Makes a client by `layerConfig`, with these environment variables. A base URL in the options replaces its variable.
 */
export const makeFromEnvironment = (
  kind: Kind,
  environment: Readonly<Record<string, string>>,
  options: Neutral.Options,
  host: Pick<Neutral.Host, "log">
): Made<Neutral.Client> => {
  const { baseUrl } = options
  const settings = {
    ...settingsOf(options),
    baseUrl: baseUrl === undefined ? undefined : Config.succeed(String(baseUrl))
  }
  const build = <I, S>(
    tag: Context.Tag<I, S>,
    layer: Layer.Layer<I, ConfigError.ConfigError | InvalidSetting.InvalidSetting, HttpClient.HttpClient>
  ) => {
    keep(layer)
    return Effect.scoped(Effect.map(Layer.build(layer), Context.get(tag))).pipe(
      Effect.catchIf(ConfigError.isConfigError, (error) => Effect.die(error)),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment))))
    )
  }
  return kind === "OtpsClient"
    ? runMake(build(OtpsClient.OtpsClient, OtpsClient.layerConfig(settings)), ofOtps, options, host)
    : runMake(
        build(TwoFactorAuthClient.TwoFactorAuthClient, TwoFactorAuthClient.layerConfig(settings)),
        ofTwoFactorAuth,
        options,
        host
      )
}

/** Makes the clients of `OtpsClients`. */
export const makeForUsers = (
  options: Neutral.Options,
  host: Pick<Neutral.Host, "log">
): Made<(authToken: string) => Neutral.Client> =>
  runMake(
    OtpsClients.make(settingsOf(options)),
    (clients) => (authToken: string) => {
      const service = clients.forUser(Either.getOrThrow(AuthToken.parse(authToken)))
      return toClient(service, { ...otpsOperations(service), ...twoFactorAuthOperations(service) })
    },
    options,
    host
  )
