/** Tests which rule applies to which call. FaultsServed.test.ts tests what a client gets. */
import { assert, describe, it } from "@effect/vitest"
import { EmulatorConfig, Faults } from "@metal-otp/emulator"
import type { Operation } from "@metal-otp/schema"
import { type Duration, Effect, Layer, Option } from "effect"

const tags = (faults: Faults.Service, operations: ReadonlyArray<Operation.Operation>) =>
  Effect.forEach(operations, (operation) =>
    Effect.map(faults.next(operation), Option.match({ onNone: () => "none", onSome: ({ fault }) => fault._tag }))
  )

const sms = (calls: number) => Array.from({ length: calls }, () => "receiveCodes" as const)

const reading: Faults.Rule = { operation: "findRecoveryCodes", probability: 0.5, fault: { _tag: "Hang" } }
const sending: Faults.Rule = { operation: "receiveCodes", probability: 0.5, fault: { _tag: "Reset" } }

describe("Faults", () => {
  it.effect("nth counts the calls of the rule's operation, or all of them without one", () =>
    Effect.gen(function* () {
      const second = yield* Faults.make([{ operation: "receiveCodes", nth: 2, fault: { _tag: "Reset" } }])
      assert.deepStrictEqual(
        yield* tags(second, ["findEnsureOtp", "receiveCodes", "findEnsureOtp", "receiveCodes", "receiveCodes"]),
        ["none", "none", "none", "Reset", "none"]
      )
      const third = yield* Faults.make([{ nth: 3, fault: { _tag: "Hang" } }])
      assert.deepStrictEqual(yield* tags(third, ["receiveCodes", "findEnsureOtp", "regenerateCodes", "receiveCodes"]), [
        "none",
        "none",
        "Hang",
        "none"
      ])
    })
  )

  it.effect("the first matching rule applies, and the others count the call too", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.make([
        { operation: "receiveCodes", nth: 1, fault: { _tag: "Hang" } },
        { probability: 0, fault: { _tag: "Truncated" } },
        { operation: "receiveCodes", nth: 2, fault: { _tag: "Reset" } },
        { fault: { _tag: "Refuse" } },
        { fault: { _tag: "ResetInBody" } }
      ])
      assert.deepStrictEqual(yield* tags(faults, sms(3)), ["Hang", "Reset", "Refuse"])
    })
  )

  it.effect("probability depends on the seed only, and a rule applies about as often as it says", () =>
    Effect.gen(function* () {
      const run = Effect.fnUntraced(function* (options?: Faults.Options) {
        return yield* tags(yield* Faults.make([{ probability: 0.25, fault: { _tag: "Reset" } }], options), sms(400))
      })
      const first = yield* run({ seed: "seed" })
      assert.deepStrictEqual(yield* run({ seed: "seed" }), first)
      assert.notDeepEqual(yield* run({ seed: "another" }), first)
      assert.notDeepEqual(yield* run({ seed: 1 }), first)
      assert.deepStrictEqual(yield* run(), yield* run({ seed: 0 }))
      const hits = first.filter((tag) => tag === "Reset").length
      assert.isTrue(hits > 70 && hits < 130, `${hits} of 400`)
    })
  )

  it.effect("probability 0 never applies, and 1 always does", () =>
    Effect.gen(function* () {
      const never = yield* Faults.make([{ probability: 0, fault: { _tag: "Reset" } }])
      assert.deepStrictEqual(new Set(yield* tags(never, sms(100))), new Set(["none"]))
      const always = yield* Faults.make([{ probability: 1, fault: { _tag: "Reset" } }])
      assert.deepStrictEqual(new Set(yield* tags(always, sms(100))), new Set(["Reset"]))
    })
  )

  it.effect("a rule draws a random number only for a call that matches in everything else", () =>
    Effect.gen(function* () {
      const alone = yield* tags(yield* Faults.make([sending]), sms(100))

      const others = yield* Faults.make([
        reading,
        { operation: "receiveCodes", nth: 1000, probability: 0.5, fault: { _tag: "Hang" } },
        { operation: "regenerateCodes", probability: 1, fault: { _tag: "Hang" } },
        sending
      ])
      const interleaved: Array<string> = []
      for (const operation of sms(100)) {
        yield* tags(others, ["findEnsureOtp", "regenerateCodes"])
        interleaved.push(...(yield* tags(others, [operation])))
      }
      assert.deepStrictEqual(interleaved, alone)

      const twice = yield* Faults.make([{ probability: 1e-9, fault: { _tag: "Hang" } }, sending])
      const everySecond = yield* tags(yield* Faults.make([sending]), sms(200))
      assert.deepStrictEqual(
        yield* tags(twice, sms(100)),
        everySecond.filter((_, index) => index % 2 === 1)
      )
    })
  )

  it.effect("injected lists the faults and their calls, until rules are set again", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.make([
        { operation: "receiveCodes", nth: 2, when: "after", fault: { _tag: "Reset" } },
        { nth: 4, fault: { _tag: "Slow", delay: 1 } }
      ])
      yield* tags(faults, ["receiveCodes", "findEnsureOtp", "receiveCodes", "findEnsureOtp"])
      const log: ReadonlyArray<Faults.Injected> = [
        { operation: "receiveCodes", call: 2, fault: "Reset", when: "after" },
        { operation: "findEnsureOtp", call: 2, fault: "Slow", when: "before" }
      ]
      assert.deepStrictEqual(yield* faults.injected, log)

      yield* faults.clear
      assert.deepStrictEqual(yield* faults.injected, log)

      yield* faults.set([{ nth: 1, fault: { _tag: "Hang" } }])
      assert.deepStrictEqual(yield* faults.injected, [])
      yield* tags(faults, ["receiveCodes"])
      assert.deepStrictEqual(yield* faults.injected, [
        { operation: "receiveCodes", call: 1, fault: "Hang", when: "before" }
      ])
    })
  )

  it.effect(
    "injected keeps the newest 10,000 and never changes a list that it returned, and injectedCount counts all",
    () =>
      Effect.gen(function* () {
        const faults = yield* Faults.make([{ fault: { _tag: "Hang" } }])
        yield* faults.next("receiveCodes")
        const first = yield* faults.injected
        yield* Effect.replicateEffect(faults.next("receiveCodes"), 25_000, { discard: true })
        const log = yield* faults.injected
        assert.deepStrictEqual(
          first.map(({ call }) => call),
          [1]
        )
        assert.lengthOf(log, 10_000)
        assert.deepStrictEqual([log[0]?.call, log.at(-1)?.call], [15_002, 25_001])
        assert.strictEqual(yield* faults.injectedCount, 25_001)
        yield* faults.clear
        yield* faults.next("receiveCodes")
        assert.strictEqual(yield* faults.injectedCount, 25_001)
        yield* faults.set([])
        assert.strictEqual(yield* faults.injectedCount, 0)
      })
  )

  it.effect("set starts the random numbers again", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.make()
      yield* faults.set([sending], { seed: "seed" })
      const first = yield* tags(faults, sms(50))
      yield* faults.set([sending], { seed: "seed" })
      assert.deepStrictEqual(yield* tags(faults, sms(50)), first)
    })
  )

  const invalid: ReadonlyArray<readonly [Faults.InvalidRule["field"], Faults.Rule]> = [
    ...[-0.1, 1.1, Number.NaN, Number.POSITIVE_INFINITY].map(
      (probability) => ["probability", { probability, fault: { _tag: "Reset" } }] as const
    ),
    ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map(
      (nth) => ["nth", { nth, fault: { _tag: "Reset" } }] as const
    ),
    ...[199, 600, 200.5, Number.NaN].map((status) => ["status", { fault: { _tag: "Status", status } }] as const),
    ...([-1, "-1 seconds", "-Infinity", Number.NaN, "1e3 seconds"] satisfies Array<Duration.Input>).map(
      (delay) => ["delay", { fault: { _tag: "Slow", delay } }] as const
    )
  ]

  it.effect.each(invalid)("set fails for a rule with an invalid %s, and changes nothing", ([field, rule]) =>
    Effect.gen(function* () {
      const faults = yield* Faults.make([{ fault: { _tag: "Hang" } }])
      yield* tags(faults, ["receiveCodes"])
      const error = yield* Effect.flip(faults.set([{ fault: { _tag: "Reset" } }, rule]))
      assert.deepInclude(error, { _tag: "InvalidRule", index: 1, field })
      assert.match(error.message, new RegExp(`^rules\\[1\\]\\.${field}: it is not a .+\\.$`))
      assert.deepStrictEqual(yield* tags(faults, ["receiveCodes"]), ["Hang"])
      assert.strictEqual((yield* faults.injected).length, 2)

      const built = yield* Effect.flip(Effect.scoped(Layer.build(Faults.layer([rule]))))
      assert.deepInclude(built, { _tag: "InvalidRule", index: 0, field })
    })
  )

  const status = (headers: Record<string, string>): Faults.Rule => ({ fault: { _tag: "Status", status: 503, headers } })

  const unsendable: ReadonlyArray<readonly [field: string, problem: string, rule: Faults.Rule]> = [
    ["headers", "the value of x has", status({ x: "a\r\nb" })],
    ["headers", "the value of x has", status({ x: "a\nSet-Cookie: b=c" })],
    ["headers", "the value of x has", status({ x: "a\0b" })],
    ["headers", "the value of x has", status({ x: "\u20ac" })],
    ["headers", "the value of x has", status({ x: " a" })],
    ["headers", "the value of x has", status({ fine: "1", x: "a\t" })],
    ["headers", '"" is not the name of a header', status({ "": "a" })],
    ["headers", '"a b" is not the name of a header', status({ "a b": "a" })],
    ["headers", '"a:" is not the name of a header', status({ "a:": "a" })],
    ["headers", '"x\\r\\ny" is not the name of a header', status({ "x\r\ny": "a" })],
    ["headers", '"ä" is not the name of a header', status({ ä: "a" })],
    ["headers", "a rule can't set transfer-encoding", status({ "transfer-encoding": "chunked" })],
    ["headers", "a rule can't set Transfer-Encoding", status({ "Transfer-Encoding": "gzip" })],
    ["headers", "a rule can't set content-length", status({ "content-length": "1" })],
    ["headers", "a rule can't set connection", status({ connection: "upgrade" })],
    ["headers", "a rule can't set trailer", status({ trailer: "x" })],
    ["headers", "a rule can't set upgrade", status({ upgrade: "h2c" })],
    ["headers", "x-a appears twice", status({ "X-A": "1", "x-a": "2" })],
    ["body", "a reply of status 204 has no body", { fault: { _tag: "Status", status: 204, body: "x" } }],
    ["body", "a reply of status 205 has no body", { when: "after", fault: { _tag: "Status", status: 205, body: "x" } }],
    ["body", "a reply of status 304 has no body", { fault: { _tag: "Status", status: 304, body: "" } }],
    ["contentType", "it is empty, or has", { fault: { _tag: "Foreign", contentType: "", body: "" } }],
    ["contentType", "it is empty, or has", { fault: { _tag: "Foreign", contentType: "a\r\nb: c", body: "" } }]
  ]

  it.effect.each(unsendable)("set fails for %s that can't be sent: %s", ([field, problem, rule]) =>
    Effect.gen(function* () {
      const faults = yield* Faults.make([{ fault: { _tag: "Hang" } }])
      const error = yield* Effect.flip(faults.set([rule]))
      assert.deepInclude(error, { _tag: "InvalidRule", index: 0, field })
      assert.isTrue(error.problem.startsWith(problem), error.problem)
      assert.deepStrictEqual(yield* faults.rules, [{ fault: { _tag: "Hang" } }])
      // The message is the same for a rule in a file or on the page.
      const inFile = yield* Effect.flip(EmulatorConfig.parseRule(JSON.stringify(rule)))
      assert.deepStrictEqual([inFile.option, inFile.problem], [`fault.${field}`, error.problem])
    })
  )

  it.effect("set accepts all headers that can be sent, and does not change the rules", () =>
    Effect.gen(function* () {
      const rules: ReadonlyArray<Faults.Rule> = [
        status({ "Set-Cookie": "a=b; Path=/", x: "", "x-latin": "caf\u00e9 \t ~", "!#$%&'*+-.^_`|~9z": "1" }),
        { when: "after", fault: { _tag: "Status", status: 304 } },
        { operation: undefined, fault: { _tag: "Slow", delay: "1 second" } }
      ]
      const faults = yield* Faults.make(rules)
      assert.deepStrictEqual(yield* faults.rules, rules)
    })
  )

  it.effect("set accepts the smallest and the largest values", () =>
    Effect.gen(function* () {
      const faults = yield* Faults.make([
        { nth: 1, fault: { _tag: "Status", status: 200 } },
        { nth: 2, fault: { _tag: "Status", status: 599 } },
        { nth: 3, fault: { _tag: "Slow", delay: 0 } },
        { nth: 4, fault: { _tag: "Slow", delay: "Infinity" } }
      ])
      assert.deepStrictEqual(yield* tags(faults, sms(4)), ["Status", "Status", "Slow", "Slow"])
    })
  )

  it("the type of a rule has no Refuse after the effect", () => {
    const rules: ReadonlyArray<Faults.Rule> = [
      { fault: { _tag: "Refuse" }, when: "before" },
      // @ts-expect-error: an operation that was carried out was not refused
      { fault: { _tag: "Refuse" }, when: "after" }
    ]
    assert.strictEqual(rules.length, 2)
  })
})
