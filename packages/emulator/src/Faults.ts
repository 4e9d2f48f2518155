/**
 * Faults for the emulator: what can go wrong between a client and the API, by rule instead of by
 * luck. `EmulatorHttpClient.layer` and `EmulatorServer.layer` use the `Faults` service of their
 * context, if there is one.
 *
 * The effect of each fault on a client, in memory and over real sockets:
 *
 * | fault         | in memory                                                             | over sockets |
 * | ------------- | --------------------------------------------------------------------- | ------------ |
 * | `Refuse`      | `TransportError`, cause's `code` `"ECONNREFUSED"`                     | as `Reset`: see there |
 * | `Reset`       | `TransportError`, cause's `code` `"ECONNRESET"`                       | TCP RST before any byte of a reply |
 * | `ResetInBody` | head, half of the body, then `DecodeError` with `code` `"ECONNRESET"` | the same bytes, then TCP RST |
 * | `Hang`        | nothing, until it gives up                                            | nothing, until it gives up or the server closes |
 * | `Slow`        | the reply, after the delay                                            | the same; TCP RST if the server closes first |
 * | `Status`      | that reply                                                            | the same |
 * | `Truncated`   | the reply with half of its body, and the content length of that half  | the same |
 * | `Foreign`     | that body                                                             | the same |
 *
 * Time comes from `Clock`. Chance comes from a seed, so the same calls get the same faults again.
 *
 * @since 0.1.0
 */
import { Operation } from "@metal-otp/schema/Operation"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Random from "effect/Random"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { push } from "./internal/bounded.ts"
import { zero } from "./internal/counts.ts"
import { firstProblem } from "./internal/problems.ts"
import * as rules from "./internal/faultRules.ts"

/**
 * A fault, and the calls that get it. `Schema.decode` checks a rule as `set` does.
 *
 * `operation` (default: all), `nth` (only the nth call since the rules were set, from 1, of the
 * rule's operation, or of all calls without one) and `probability` (0 to 1, default: 1) say which
 * calls get it.
 *
 * With `when: "before"`, the default, the fault replaces the effect: the operation is not carried
 * out (except under `Slow`, which only waits), and a successful reply is spoilt. With `when:
 * "after"`, the operation is carried out, and then its reply is spoilt.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Rule = rules.Rule

/**
 * The type of `Rule`.
 *
 * @category models
 * @since 0.1.0
 */
export type Rule = typeof Rule.Type

/**
 * What goes wrong.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault = Rule["fault"]

type Tagged<Tag extends Fault["_tag"]> = Extract<Fault, { readonly _tag: Tag }>

/**
 * The connection is refused, before the effect.
 *
 * In memory this is `ECONNREFUSED`, which proves that nothing was sent. Over sockets it is the
 * same as `Reset`: a listening server can't refuse a single connection, and knows the operation
 * only after it has read the request. For a real refusal, close the server.
 *
 * @category models
 * @since 0.1.0
 */
export type Refuse = Tagged<"Refuse">

/**
 * The connection is reset before the reply.
 *
 * @category models
 * @since 0.1.0
 */
export type Reset = Tagged<"Reset">

/**
 * The head of the reply and the first half of its body are sent, then the connection is reset. `Reset` for a 204.
 *
 * @category models
 * @since 0.1.0
 */
export type ResetInBody = Tagged<"ResetInBody">

/**
 * There is no reply. The request ends with the client or the server.
 *
 * @category models
 * @since 0.1.0
 */
export type Hang = Tagged<"Hang">

/**
 * The reply comes late, by `delay`. The API waits before the effect, or between the effect and the
 * reply.
 *
 * @category models
 * @since 0.1.0
 */
export type Slow = Tagged<"Slow">

/**
 * Another reply: a `status` of 200 to 599, `headers`, and a `body`. That is JSON,
 * unless `headers` has another content type; default:
 * `{"errors":["Injected fault"]}`. A 204, 205 or 304 has none.
 *
 * @category models
 * @since 0.1.0
 */
export type Status = Tagged<"Status">

/**
 * The body of the reply is cut in half, in a message that is otherwise well-formed. A 204 has
 * nothing to cut.
 *
 * @category models
 * @since 0.1.0
 */
export type Truncated = Tagged<"Truncated">

/**
 * A proxy's page, with the status of the reply. 200 replaces 204, which has no body.
 *
 * @category models
 * @since 0.1.0
 */
export type Foreign = Tagged<"Foreign">

/**
 * The refusal that the API was seen to give to who turns two-factor authentication
 * on or off, though its text has no word of it: 424, "Invalid OTP". The emulator
 * gives it as a fault alone; a wrong OTP is a 401 there.
 *
 * Source: [issue 439 of metal-cli](https://github.com/equinix/metal-cli/issues/439).
 *
 * @example
 * ```ts
 * import { Faults } from "@metal-otp/emulator"
 *
 * const FaultsLive = Faults.layer([{ operation: "enableTfaApp", nth: 1, fault: Faults.failedDependency }])
 * ```
 *
 * @category constants
 * @since 0.1.0
 */
export const failedDependency: Status = { _tag: "Status", status: 424, body: '{"errors":["Invalid OTP"]}' }

/**
 * The options of the rules.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The seed of probabilities. Default: 0. */
  readonly seed?: string | number | undefined
}

/**
 * A fault that happened.
 *
 * @category models
 * @since 0.1.0
 */
export interface Injected {
  readonly operation: Operation
  /** The number of the call of this operation since the rules were set, from 1. */
  readonly call: number
  readonly fault: Fault["_tag"]
  readonly when: "before" | "after"
}

/**
 * A rule that can never apply again.
 *
 * @category models
 * @since 0.1.0
 */
export interface Idle {
  /** The rule's index in the list, from 0. */
  readonly index: number
  readonly reason: string
}

/**
 * A rule that can't work. No rule was set.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRule extends Schema.TaggedError<InvalidRule>("@metal-otp/emulator/InvalidRule")("InvalidRule", {
  /** The rule's index in the list, from 0. */
  index: Schema.Int,
  /** What is wrong in it, such as `nth`, `status` or `headers`. */
  field: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `rules[${this.index}].${this.field}: ${this.problem}.`
  }
}

/**
 * The rules in force, and the view of what they did.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * Puts these rules in place of the ones before, and starts over: calls are
   * counted from 1, the generator from its seed, and the log is empty. Of the
   * rules that match a call, the first applies.
   *
   * Fails with `InvalidRule` and leaves everything as it was.
   */
  readonly set: (rules: ReadonlyArray<Rule>, options?: Options) => Effect.Effect<void, InvalidRule>
  /** The rules in force. */
  readonly rules: Effect.Effect<ReadonlyArray<Rule>>
  /** The rules that are put in force from when the stream is run. A slow reader sees the newest only. */
  readonly changes: Stream.Stream<ReadonlyArray<Rule>>
  /** No faults from now on. The log stays. */
  readonly clear: Effect.Effect<void>
  /** Starts over with the rules and the seed that it was made with. */
  readonly reset: Effect.Effect<void>
  /** The seed of the generator that probabilities are drawn from. */
  readonly seed: Effect.Effect<string | number>
  /** The rules that can't apply to any call to come. */
  readonly idle: Effect.Effect<ReadonlyArray<Idle>>
  /**
   * The faults since the rules were set, the newest 10,000 of them, the oldest first. Logged when chosen, so a call that
   * hangs is there.
   */
  readonly injected: Effect.Effect<ReadonlyArray<Injected>>
  /** How many faults there were since the rules were set, those that the log has forgotten too. */
  readonly injectedCount: Effect.Effect<number>
  /** For whoever serves: takes note of one more call, and says which rule applies to it. */
  readonly next: (operation: Operation) => Effect.Effect<Option.Option<Rule>>
}

/**
 * The faults as a service.
 *
 * @example
 * ```ts
 * import { Emulator, EmulatorHttpClient, Faults } from "@metal-otp/emulator"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const faults = yield* Faults.Faults
 *   yield* faults.set([{ operation: "receiveCodes", nth: 2, when: "after", fault: { _tag: "Reset" } }])
 * }).pipe(
 *   Effect.provide(EmulatorHttpClient.layer.pipe(
 *     Layer.provideMerge([Emulator.layer({ users: [{ authToken: Redacted.make("my-token") }] }), Faults.layer()])
 *   ))
 * )
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class Faults extends Context.Service<Faults, Service>()("@metal-otp/emulator/Faults") {}

interface State {
  readonly rules: ReadonlyArray<Rule>
  readonly seed: string | number
  readonly random: Random.Random
  readonly total: number
  readonly calls: Readonly<Record<Operation, number>>
  readonly injectedCount: number
  /** Added to in place: a copy for each fault would cost more with every one. */
  readonly injected: Array<Injected>
}

const logSize = 10_000

const check = Schema.decodeUnknownResult(Rule)

const invalid = (index: number, error: Schema.SchemaError) => {
  const { path, problem } = firstProblem(error)
  return new InvalidRule({ index, field: path.startsWith("fault.") ? path.slice("fault.".length) : path, problem })
}

const start = Effect.fnUntraced(function* (
  rules: ReadonlyArray<Rule>,
  options: Options | undefined
): Effect.fn.Return<State, InvalidRule> {
  for (const [index, rule] of rules.entries()) {
    const checked = check(rule)
    if (Result.isFailure(checked)) return yield* invalid(index, checked.failure)
  }
  const seed = options?.seed ?? 0
  return {
    rules: [...rules],
    seed,
    random: yield* Random.withSeed(Random.Random, seed),
    total: 0,
    calls: { ...zero },
    injectedCount: 0,
    injected: []
  }
})

/** One draw for each rule that only chance can keep from applying. */
const applies = (rule: Rule, operation: Operation, { calls, random, total }: State) => {
  const { nth, probability = 1 } = rule
  if (rule.operation !== undefined && rule.operation !== operation) return false
  if (nth !== undefined && nth !== (rule.operation === undefined ? total : calls[operation])) return false
  return probability === 1 || random.nextDoubleUnsafe() < probability
}

const isEachCall = ({ nth, probability = 1 }: Rule) => nth === undefined && probability === 1

const operationsOf = ({ operation }: Rule): ReadonlyArray<Operation> =>
  operation === undefined ? Operation.literals : [operation]

/** Why a rule can't apply to any call to come, if it can't. */
const idleReason = (rule: Rule, before: ReadonlyArray<Rule>, { calls, total }: State) => {
  const { nth, operation, probability } = rule
  if (probability === 0) return "its probability is 0"
  if (nth !== undefined && nth <= (operation === undefined ? total : calls[operation])) {
    return `call ${nth} has been: set the rules again to count from 1`
  }
  const met = new Set(before.filter(isEachCall).flatMap(operationsOf))
  return operationsOf(rule).every((operation) => met.has(operation))
    ? "a rule before it applies to each of its calls"
    : undefined
}

const idleOf = (state: State): ReadonlyArray<Idle> =>
  state.rules.flatMap((rule, index) => {
    const reason = idleReason(rule, state.rules.slice(0, index), state)
    return reason === undefined ? [] : [{ index, reason }]
  })

/**
 * Makes faults, to be provided as `Faults`.
 *
 * Fails with `InvalidRule` when a rule can't work.
 *
 * @param rules the rules in force from the start. Default: none
 * @param options the seed
 *
 * @example
 * ```ts
 * import { Faults } from "@metal-otp/emulator"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const faults = yield* Faults.make([{ probability: 0.5, fault: { _tag: "Status", status: 503 } }], { seed: "mine" })
 *   return yield* faults.injected // => []
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (
  rules: ReadonlyArray<Rule> = [],
  options?: Options
): Effect.fn.Return<Service, InvalidRule> {
  const ref = yield* Ref.make(yield* start(rules, options))
  const startAgain = Effect.orDie(start(rules, options))
  const changes = yield* PubSub.sliding<ReadonlyArray<Rule>>(1)
  const update = (change: (state: State) => State) =>
    Effect.flatMap(Ref.updateAndGet(ref, change), ({ rules }) => Effect.asVoid(PubSub.publish(changes, rules)))
  return Faults.of({
    set: (rules, options) => Effect.flatMap(start(rules, options), (state) => update(() => state)),
    rules: Effect.map(Ref.get(ref), (state) => state.rules),
    changes: Stream.fromPubSub(changes),
    clear: update((state) => ({ ...state, rules: [] })),
    reset: Effect.flatMap(startAgain, (state) => update(() => state)),
    seed: Effect.map(Ref.get(ref), (state) => state.seed),
    idle: Effect.map(Ref.get(ref), idleOf),
    injected: Effect.map(Ref.get(ref), ({ injected }) => injected.slice(-logSize)),
    injectedCount: Effect.map(Ref.get(ref), (state) => state.injectedCount),
    next: (operation) =>
      Ref.modify(ref, (before): [Option.Option<Rule>, State] => {
        // Calls count from when rules are set.
        if (before.rules.length === 0) return [Option.none(), before]
        const call = before.calls[operation] + 1
        const state = { ...before, total: before.total + 1, calls: { ...before.calls, [operation]: call } }
        const rule = state.rules.find((rule) => applies(rule, operation, state))
        if (rule === undefined) return [Option.none(), state]
        const injected: Injected = { operation, call, fault: rule.fault._tag, when: rule.when ?? "before" }
        push(state.injected, injected, logSize)
        return [Option.some(rule), { ...state, injectedCount: state.injectedCount + 1 }]
      })
  })
})

/**
 * `make` as a layer. Provide it to the layers that serve (`Layer.provide`,
 * `Layer.provideMerge`): merged beside them, they don't see it.
 *
 * Fails with `InvalidRule` when a rule can't work.
 *
 * @param rules the rules in force from the start. Default: none
 * @param options the seed
 *
 * @example
 * ```ts
 * import { Emulator, EmulatorServer, Faults } from "@metal-otp/emulator"
 * import { Layer, Redacted } from "effect"
 *
 * const ServerLive = EmulatorServer.layer().pipe(
 *   Layer.provide(Emulator.layer({ users: [{ authToken: Redacted.make("my-token") }] })),
 *   Layer.provideMerge(Faults.layer([{ operation: "findRecoveryCodes", nth: 1, fault: { _tag: "Hang" } }]))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (rules?: ReadonlyArray<Rule>, options?: Options): Layer.Layer<Faults, InvalidRule> =>
  Layer.effect(Faults, make(rules, options))
