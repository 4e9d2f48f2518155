/**
 * `metal-otp emulator`: a stand-in for the API, until Ctrl-C.
 */
import * as Argument from "effect/cli/Argument"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Output from "../Output.ts"
import { option, toggle } from "../Root.ts"
import * as Settings from "../Settings.ts"
import * as Program from "../Program.ts"
import * as Screen from "../Screen.ts"

// The server is more than half of this program, and the other commands start without it.
const server = Effect.promise(() => import("../Serve.ts"))

const readPort = Effect.fnUntraced(function* (text: string) {
  const { portOf } = yield* server
  const port = portOf(text)
  if (Option.isSome(port)) return port.value
  return yield* new CliError.InvalidValue({
    option: "port",
    value: text,
    expected: "Expected a port, 0 to 65535",
    kind: "flag"
  })
})

/** Longer than a call: whoever starts it may have to install it first. */
const readyIn = Duration.seconds(30)

const wait = Command.make(
  "wait",
  {
    url: Argument.String("URL").pipe(
      Argument.withDescription("Where the emulator is, such as http://127.0.0.1:8080; the URL of its API will do")
    )
  },
  Effect.fnUntraced(function* ({ url }) {
    const settings = yield* Settings.current
    const { source, value } = yield* settings.timeout
    const format = yield* Output.formatFor((yield* settings.output).value)
    const { wait } = yield* Effect.promise(() => import("../Wait.ts"))
    const { host, href } = yield* wait(url, source === "the default" ? readyIn : value)
    yield* format === "json" || format === "yaml"
      ? Output.write(Output.render({ data: { url: href, ready: true }, columns: [], rows: [] }, format))
      : Screen.notice(`The emulator at ${host} is ready.`)
  })
).pipe(
  Command.withDescription(
    "Wait until an emulator answers, for --timeout (here 30s by default). Ends with 3 if it does not."
  ),
  Command.withExamples([
    {
      command: `${Program.name} emulator --port 8080 & ${Program.name} emulator wait http://127.0.0.1:8080`,
      description: "In a script or in CI, before the tests"
    }
  ])
)

export const emulator = Command.make(
  "emulator",
  {
    port: option(
      Flag.String("port").pipe(Flag.withAlias("p"), Flag.mapEffect(readPort)),
      "PORT",
      "The TCP port. Default: a free one"
    ),
    host: option(
      Flag.String("host"),
      "HOST",
      "The address to listen on. Default: 127.0.0.1, which only this machine can reach"
    ),
    user: Flag.Redacted("user").pipe(
      Flag.withDescription("The token of a user. Repeat it for more users. Default: one user with a random token"),
      Flag.withMetavar("TOKEN"),
      Flag.atLeast(0)
    ),
    seed: option(Flag.String("seed"), "SEED", "Make all codes and secrets repeatable, from this seed. Default: random"),
    otp: Flag.Redacted("otp").pipe(
      Flag.withDescription(
        "A fixed code for all SMS to a user. Repeat it for more users. Default: another code each time"
      ),
      Flag.withMetavar("USER=123456"),
      Flag.atLeast(0)
    ),
    fault: Flag.String("fault").pipe(
      Flag.withDescription("A fault, as a rule in JSON or YAML. Repeat it for more rules"),
      Flag.withMetavar("RULE"),
      Flag.atLeast(0)
    ),
    database: option(
      Flag.Path("database"),
      "FILE",
      "Keep the state in a SQLite file, encrypted with METAL_EMULATOR_KEY. Default: in memory"
    ),
    settings: option(
      Flag.Path("settings"),
      "FILE",
      "The emulator's own file: users, limits, database, webhook, faults and the page as YAML or JSON"
    ),
    open: toggle("open", "Open the emulator's page in the browser")
  },
  Effect.fnUntraced(function* (options) {
    const settings = yield* Settings.current
    const format = yield* Output.formatFor((yield* settings.output).value)
    const { serve } = yield* server
    yield* serve(options, format)
  })
).pipe(
  Command.withDescription("Start an emulator of the API, with a page. Prints each SMS."),
  Command.withExamples([
    {
      command: `${Program.name} emulator --open`,
      description: "With a random token, on a free port, and its page at once"
    },
    {
      command: `${Program.name} emulator --port 8080 --user my-token`,
      description: "With your own port and token"
    },
    {
      command: `${Program.name} emulator --fault '{operation: receiveCodes, nth: 2, when: after, fault: {_tag: Reset}}'`,
      description: "Send the second SMS, and lose the reply"
    }
  ]),
  Command.withSubcommands([wait])
)
