/** Asks the registry for advisories about the packages' dependencies. Some registries can't tell: then this says so. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Option, Schema } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

const Report = Schema.fromJsonString(Schema.Struct({ vulnerabilities: Schema.Record(Schema.String, Schema.Unknown) }))

class Vulnerable extends Schema.TaggedError<Vulnerable>("metal-otp/scripts/Vulnerable")("Vulnerable", {
  packages: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `There are advisories about ${this.packages.join(", ")}. Run npm audit --omit=dev to read them`
  }
}

const program = Effect.gen(function* () {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const audit = ChildProcess.make("npm", [
    "audit",
    "--omit=dev",
    "--json",
    "--fetch-retries=0",
    "--fetch-timeout=30000"
  ])
  const report = Schema.decodeOption(Report)(yield* spawner.string(audit))
  if (Option.isNone(report)) return yield* Console.log("This registry can't tell about advisories")
  const packages = Object.keys(report.value.vulnerabilities)
  if (packages.length > 0) return yield* new Vulnerable({ packages })
  yield* Console.log("There are no advisories about the packages' dependencies")
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
