/**
 * `metal-otp emulator`: a stand-in for the API, until Ctrl-C.
 */
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Output from "../Output.ts"
import { option, toggle } from "../Root.ts"
import * as Settings from "../Settings.ts"
import * as Program from "../Program.ts"

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

export const emulator = Command.make(
  "emulator",
  {
    port: option(
      Flag.String("port").pipe(Flag.withAlias("p"), Flag.mapEffect(readPort)),
      "PORT",
      "The TCP port on 127.0.0.1. Default: a free one"
    ),
    user: Flag.Redacted("user").pipe(
      Flag.withDescription("The token of a user, once for each. Default: one user, with a random token"),
      Flag.withMetavar("TOKEN"),
      Flag.atLeast(0)
    ),
    fault: Flag.String("fault").pipe(
      Flag.withDescription("What is to go wrong: a rule of Faults as JSON or YAML, once for each"),
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
  Command.withDescription(
    "Start an emulator of the API on this machine, with a page to look at. It prints the SMS that it sends."
  ),
  Command.withExamples([
    {
      command: `${Program.name} emulator --open`,
      description: "With a random token, on a free port, and its page at once"
    },
    {
      command: `${Program.name} emulator --port 8080 --user my-token`,
      description: "With a port and a token of one's own"
    },
    {
      command: `${Program.name} emulator --fault '{operation: receiveCodes, nth: 2, when: after, fault: {_tag: Reset}}'`,
      description: "Send the second SMS, and lose the reply"
    }
  ])
)
