/** `npm run bench`: measures all clients in one run. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, DateTime, Effect, FileSystem, Option, Path, Schema, Struct } from "effect"
import { Command, Flag } from "effect/cli"
import * as Docs from "./Docs.ts"
import { machine } from "./Machine.ts"
import * as Effect3 from "./parts/Effect3.ts"
import * as Heap from "./parts/Heap.ts"
import * as Imports from "./parts/Imports.ts"
import * as InMemory from "./parts/InMemory.ts"
import * as Loopback from "./parts/Loopback.ts"
import * as Scaling from "./parts/Scaling.ts"
import * as Sizes from "./parts/Sizes.ts"
import * as StubCalls from "./parts/StubCalls.ts"
import { type PeerId, peersOn } from "./Peers.ts"
import * as Profile from "./Profile.ts"
import * as Report from "./Report.ts"
import type { Results } from "./Results.ts"
import { Scenario } from "./Scenario.ts"

const parts = {
  stub: (quick: boolean) => StubCalls.run(quick ? { warmUp: 3, counted: 3 } : { warmUp: 10, counted: 31 }),
  effect3: (quick: boolean) => Effect3.run(quick ? { warmUp: 3, counted: 3 } : { warmUp: 10, counted: 31 }),
  loopback: (quick: boolean) => Loopback.run(quick ? { warmUp: 1, counted: 3 } : { warmUp: 12, counted: 15 }),
  sizes: () => Sizes.run,
  imports: (quick: boolean) => Imports.run(quick ? { warmUp: 0, counted: 3 } : { warmUp: 1, counted: 9 }),
  heap: (quick: boolean) => Heap.run({ warmUp: 0, counted: quick ? 1 : 3 }),
  scaling: (quick: boolean) => Scaling.run(quick ? { warmUp: 1, counted: 3 } : { warmUp: 2, counted: 15 }),
  inMemory: (quick: boolean, before: Option.Option<string>) =>
    InMemory.run(quick ? { warmUp: 1, counted: 3 } : { warmUp: 5, counted: 15 }, before)
}

const partNames = Struct.keys(parts)

const libraries = ["effect", "undici", "openapi-fetch", "ky", "axios"]

const versions = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const Package = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))
  return Object.fromEntries(
    yield* Effect.forEach(libraries, (library) =>
      Effect.gen(function* () {
        const file = path.join(import.meta.dirname, "../../node_modules", library, "package.json")
        const { version } = yield* Schema.decodeEffect(Package)(yield* fs.readFileString(file))
        return [library, version] as const
      })
    )
  )
})

const measure = Effect.fnUntraced(function* (
  selected: ReadonlyArray<keyof typeof parts>,
  quick: boolean,
  before: Option.Option<string>
) {
  const part = <A, E, R>(name: keyof typeof parts, run: (quick: boolean) => Effect.Effect<A, E, R>) =>
    selected.includes(name) ? Effect.andThen(Console.error(`measuring ${name}`), run(quick)) : Effect.succeed(undefined)
  const results: Results = {
    date: DateTime.formatIsoDate(yield* DateTime.now),
    quick,
    machine: machine(),
    versions: yield* versions,
    stub: yield* part("stub", parts.stub),
    effect3: yield* part("effect3", parts.effect3),
    loopback: yield* part("loopback", parts.loopback),
    sizes: yield* part("sizes", parts.sizes),
    imports: yield* part("imports", parts.imports),
    heap: yield* part("heap", parts.heap),
    scaling: yield* part("scaling", parts.scaling),
    inMemory: yield* part("inMemory", (quick) => parts.inMemory(quick, before))
  }
  return results
})

/** The new results, and the stored ones for all other parts. */
const mergeWithStored = Effect.fnUntraced(function* (results: Results) {
  const last = yield* Docs.read
  return {
    ...last,
    ...Struct.pick(
      results,
      partNames.filter((name) => results[name] !== undefined)
    )
  }
})

const profile = Effect.fnUntraced(function* (peer: PeerId, scenario: Scenario) {
  const { functions, profile } = yield* Profile.run(peer, scenario)
  for (const { frame, share } of functions) yield* Console.log(`${(share * 100).toFixed(1).padStart(5)} %  ${frame}`)
  yield* Console.log(`\n${profile}`)
})

const bench = Command.make(
  "bench",
  {
    part: Flag.Literals("part", partNames).pipe(
      Flag.withDescription("Measure only this part, and don't store it. Can be repeated."),
      Flag.atLeast(0)
    ),
    quick: Flag.Boolean("quick").pipe(
      Flag.withDescription("Run few rounds, and don't store the results."),
      Flag.withDefault(false)
    ),
    render: Flag.Boolean("render").pipe(
      Flag.withDescription("Measure nothing, and write the tables of the stored results again."),
      Flag.withDefault(false)
    ),
    before: Flag.String("before").pipe(
      Flag.withDescription(
        "A built checkout of another version, whose emulator in memory takes part in the same rounds."
      ),
      Flag.optional
    ),
    keep: Flag.Boolean("keep").pipe(
      Flag.withDescription("Store the measured parts, and keep the stored results of the others."),
      Flag.withDefault(false)
    ),
    profile: Flag.Literals("profile", peersOn("stub")).pipe(
      Flag.withDescription("Measure nothing, and write a CPU profile of this client on the stub."),
      Flag.optional
    ),
    scenario: Flag.Literals("scenario", Scenario.literals).pipe(
      Flag.withDescription("The scenario to profile."),
      Flag.withDefault("success")
    )
  },
  Effect.fnUntraced(function* ({ before, keep, part, profile: profiled, quick, render, scenario }) {
    if (Option.isSome(profiled)) return yield* profile(profiled.value, scenario)
    if (render) return yield* Docs.render
    const all = part.length === 0
    const results = yield* measure(all ? partNames : part, quick, before)
    yield* Console.log(`${Report.markdown(results)}\n\n${Report.targets(results)}`)
    if (all && !quick) yield* Docs.write(results)
    else if (keep) yield* Docs.write(yield* mergeWithStored(results))
  })
).pipe(Command.withDescription("Measures the client and its peers in one run"))

bench.pipe(Command.run({ version: "0.0.0" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain)
