/**
 * Faults of the network and of the API, injected by rules. `EmulatorHttpClient.layer` and
 * `EmulatorServer.layer` use the `Faults` service of their context, if there is one.
 *
 * What a client gets, in memory and over sockets:
 *
 * | fault         | in memory                                                            | over sockets            |
 * | ------------- | -------------------------------------------------------------------- | ----------------------- |
 * | `Refuse`      | `TransportError`, the code of its cause is `"ECONNREFUSED"`          | as for `Reset`          |
 * | `Reset`       | `TransportError`, the code of its cause is `"ECONNRESET"`            | TCP RST before a reply  |
 * | `ResetInBody` | head and half of the body, then `DecodeError` with `"ECONNRESET"`    | the same, then TCP RST  |
 * | `Hang`        | nothing, until the client gives up                                   | the same                |
 * | `Slow`        | the reply, after the delay                                           | the same                |
 * | `Status`      | a reply with the given status, headers and body                      | the same                |
 * | `Truncated`   | the reply with half of its body, and the content length of that half | the same                |
 * | `Foreign`     | the reply with the given body and content type                       | the same                |
 *
 * A server that closes during `Hang` or `Slow` sends a TCP RST.
 *
 * Delays use `Clock`. Probabilities use a seed, so the same calls get the same faults in each run.
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
import { pushBounded } from "./internal/boundedList.ts"
import { zeroCounts } from "./internal/counts.ts"
import * as rules from "./internal/faultRules.ts"
import { firstProblem } from "./internal/optionDecoder.ts"

/**
 * A fault, and the calls that it applies to. `Schema.decode` checks a rule as `set` does.
 *
 * - `operation`: the calls of this operation. Default: the calls of all operations.
 * - `nth`: only the nth of these calls since the rules were set, from 1. Default: each.
 * - `probability`: 0 to 1. Default: 1.
 * - `when`: with `"before"`, the default, the operation is not carried out, and the fault replaces
 *   or damages a successful reply. (`Slow` only waits, and then the operation is carried out.) With
 *   `"after"`, the operation is carried out first, and the fault replaces or damages its reply.
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
 * A fault.
 *
 * @category models
 * @since 0.1.0
 */
export type Fault = Rule["fault"]

type Tagged<Tag extends Fault["_tag"]> = Extract<Fault, { readonly _tag: Tag }>

/**
 * The connection is refused, before the effect.
 *
 * In memory, the code is `ECONNREFUSED`, which proves that nothing was sent. Over sockets, this is
 * the same as `Reset`: a server knows the operation only after it has read the request, and can't
 * refuse the connection any more. To test a real refusal, close the server.
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
 * The head and the first half of the body are sent, then the connection is reset. A 204 has no body, so it gets a `Reset`.
 *
 * @category models
 * @since 0.1.0
 */
export type ResetInBody = Tagged<"ResetInBody">

/**
 * There is no reply. The request ends when the client gives up, or the server closes.
 *
 * @category models
 * @since 0.1.0
 */
export type Hang = Tagged<"Hang">

/**
 * The reply is late by `delay`. The emulator waits before the effect, or between the effect and the
 * reply.
 *
 * @category models
 * @since 0.1.0
 */
export type Slow = Tagged<"Slow">

/**
 * Another reply: a `status` of 200 to 599, `headers`, and a `body`. The body is JSON unless
 * `headers` has another content type. Default: `{"errors":["Injected fault"]}`. A 204, 205 or 304
 * has no body.
 *
 * @category models
 * @since 0.1.0
 */
export type Status = Tagged<"Status">

/**
 * The reply has only half of its body, and the content length of that half. A 204 stays the same,
 * because it has no body.
 *
 * @category models
 * @since 0.1.0
 */
export type Truncated = Tagged<"Truncated">

/**
 * Another body, such as a proxy's page, with the status of the reply. A 204 becomes a 200, because a 204 has no body.
 *
 * @category models
 * @since 0.1.0
 */
export type Foreign = Tagged<"Foreign">

/**
 * 424 with "Invalid OTP", which the API's text does not document. Users saw it when they turned
 * two-factor authentication on or off. The emulator itself answers a wrong OTP there with 401.
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
  /** The seed of the random numbers that `probability` is compared with. Default: 0. */
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
 * A rule is invalid. None of the rules was set.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidRule extends Schema.TaggedError<InvalidRule>("@metal-otp/emulator/InvalidRule")("InvalidRule", {
  /** The rule's index in the list, from 0. */
  index: Schema.Int,
  /** The wrong field, such as `nth`, `status` or `headers`. */
  field: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `rules[${this.index}].${this.field}: ${this.problem}.`
  }
}

/**
 * The current rules, and the faults that they injected.
 *
 * @category models
 * @since 0.1.0
 */
export interface Service {
  /**
   * Replaces the rules, and starts again: the log is empty, calls count from 1, and the random numbers start from the
   * seed. If several rules match a call, the first one applies.
   *
   * Fails with `InvalidRule` if a rule is invalid, and then changes nothing.
   */
  readonly set: (rules: ReadonlyArray<Rule>, options?: Options) => Effect.Effect<void, InvalidRule>
  /** The current rules. */
  readonly rules: Effect.Effect<ReadonlyArray<Rule>>
  /** The rules after each change, from when the stream is run. A slow reader gets only the newest. */
  readonly changes: Stream.Stream<ReadonlyArray<Rule>>
  /** Removes all rules. The log stays. */
  readonly clear: Effect.Effect<void>
  /** Starts again with the rules and the seed that the service was made with. */
  readonly reset: Effect.Effect<void>
  /** The seed of the random numbers. */
  readonly seed: Effect.Effect<string | number>
  /** The rules that can't apply to any later call. */
  readonly idle: Effect.Effect<ReadonlyArray<Idle>>
  /**
   * The log: the newest 10,000 faults since the rules were set, the oldest of them first. A fault is logged before it
   * happens, so the log has a call that still hangs.
   */
  readonly injected: Effect.Effect<ReadonlyArray<Injected>>
  /** The number of faults since the rules were set, including those that are no longer in the log. */
  readonly injectedCount: Effect.Effect<number>
  /** For servers: counts a call, and returns the rule that applies to it. */
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
  /** Mutable: a copy for each fault would cost more with every one. */
  readonly injected: Array<Injected>
}

const logSize = 10_000

const decodeRule = Schema.decodeUnknownResult(Rule)

const invalidRule = (index: number, error: Schema.SchemaError) => {
  const { path, problem } = firstProblem(error)
  return new InvalidRule({ index, field: path.startsWith("fault.") ? path.slice("fault.".length) : path, problem })
}

const makeState = Effect.fnUntraced(function* (
  rules: ReadonlyArray<Rule>,
  options: Options | undefined
): Effect.fn.Return<State, InvalidRule> {
  for (const [index, rule] of rules.entries()) {
    const decoded = decodeRule(rule)
    if (Result.isFailure(decoded)) return yield* invalidRule(index, decoded.failure)
  }
  const seed = options?.seed ?? 0
  return {
    rules: [...rules],
    seed,
    random: yield* Random.withSeed(Random.Random, seed),
    total: 0,
    calls: { ...zeroCounts },
    injectedCount: 0,
    injected: []
  }
})

/** Draws a random number only if everything else matches, so that the other calls do not change the sequence. */
const applies = (rule: Rule, operation: Operation, { calls, random, total }: State) => {
  const { nth, probability = 1 } = rule
  if (rule.operation !== undefined && rule.operation !== operation) return false
  if (nth !== undefined && nth !== (rule.operation === undefined ? total : calls[operation])) return false
  return probability === 1 || random.nextDoubleUnsafe() < probability
}

const appliesToEachCall = ({ nth, probability = 1 }: Rule) => nth === undefined && probability === 1

const operationsOf = ({ operation }: Rule): ReadonlyArray<Operation> =>
  operation === undefined ? Operation.literals : [operation]

/** Why a rule can't apply to any later call, or `undefined` if it can. */
const idleReason = (rule: Rule, before: ReadonlyArray<Rule>, { calls, total }: State) => {
  const { nth, operation, probability } = rule
  if (probability === 0) return "its probability is 0"
  if (nth !== undefined && nth <= (operation === undefined ? total : calls[operation])) {
    return `call ${nth} is over: set the rules again to count from 1`
  }
  const covered = new Set(before.filter(appliesToEachCall).flatMap(operationsOf))
  return operationsOf(rule).every((operation) => covered.has(operation))
    ? "a rule before it applies to all of its calls"
    : undefined
}

const idleOf = (state: State): ReadonlyArray<Idle> =>
  state.rules.flatMap((rule, index) => {
    const reason = idleReason(rule, state.rules.slice(0, index), state)
    return reason === undefined ? [] : [{ index, reason }]
  })

/**
 * Makes the service. To use it, provide it as `Faults`.
 *
 * Fails with `InvalidRule` if a rule is invalid.
 *
 * @param rules the rules at the start. Default: none
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
  const ref = yield* Ref.make(yield* makeState(rules, options))
  const initialState = Effect.orDie(makeState(rules, options))
  const changes = yield* PubSub.sliding<ReadonlyArray<Rule>>(1)
  const update = (change: (state: State) => State) =>
    Effect.flatMap(Ref.updateAndGet(ref, change), ({ rules }) => Effect.asVoid(PubSub.publish(changes, rules)))
  return Faults.of({
    set: (rules, options) => Effect.flatMap(makeState(rules, options), (state) => update(() => state)),
    rules: Effect.map(Ref.get(ref), (state) => state.rules),
    changes: Stream.fromPubSub(changes),
    clear: update((state) => ({ ...state, rules: [] })),
    reset: Effect.flatMap(initialState, (state) => update(() => state)),
    seed: Effect.map(Ref.get(ref), (state) => state.seed),
    idle: Effect.map(Ref.get(ref), idleOf),
    injected: Effect.map(Ref.get(ref), ({ injected }) => injected.slice(-logSize)),
    injectedCount: Effect.map(Ref.get(ref), (state) => state.injectedCount),
    next: (operation) =>
      Ref.modify(ref, (before): [Option.Option<Rule>, State] => {
        // `nth` counts from when rules are set, so calls without rules do not count.
        if (before.rules.length === 0) return [Option.none(), before]
        const call = before.calls[operation] + 1
        const state = { ...before, total: before.total + 1, calls: { ...before.calls, [operation]: call } }
        const rule = state.rules.find((rule) => applies(rule, operation, state))
        if (rule === undefined) return [Option.none(), state]
        const injected: Injected = { operation, call, fault: rule.fault._tag, when: rule.when ?? "before" }
        pushBounded(state.injected, injected, logSize)
        return [Option.some(rule), { ...state, injectedCount: state.injectedCount + 1 }]
      })
  })
})

/**
 * `make` as a layer. Provide it to the layer of the client or the server with `Layer.provide` or
 * `Layer.provideMerge`. If you only merge them, that layer does not use it.
 *
 * Fails with `InvalidRule` if a rule is invalid.
 *
 * @param rules the rules at the start. Default: none
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
