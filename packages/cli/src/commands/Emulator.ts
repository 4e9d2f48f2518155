/**
 * `metal-otp emulator`: serves an emulator of the API until a signal stops it, and waits for one.
 */
import * as Argument from "effect/cli/Argument"
import * as CliError from "effect/cli/CliError"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Messages from "../Messages.ts"
import * as Output from "../Output.ts"
import { programName } from "../ProgramName.ts"
import { booleanFlag, optionalFlag, SubcommandIsOptional } from "../RootCommand.ts"
import * as Settings from "../Settings.ts"

// Imported when it is needed: the server is more than half of this program, and other commands start faster without it.
const emulatorServe = Effect.promise(() => import("../EmulatorServe.ts"))

const readPort = Effect.fnUntraced(function* (text: string) {
  const { parsePort } = yield* emulatorServe
  const port = parsePort(text)
  if (Option.isSome(port)) return port.value
  return yield* new CliError.InvalidValue({
    option: "port",
    value: text,
    expected: "Expected a port, 0 to 65535",
    kind: "flag"
  })
})

/** Longer than the default of a call, since `npx` may have to install the emulator first. */
const defaultWaitTimeout = Duration.seconds(30)

const wait = Command.make(
  "wait",
  {
    url: Argument.String("URL").pipe(
      Argument.withDescription("The URL of the emulator or of its API, such as http://127.0.0.1:8080")
    )
  },
  Effect.fnUntraced(function* ({ url }) {
    const settings = yield* Settings.current
    const { source, value } = yield* settings.timeout
    const format = yield* Settings.outputFormat(settings)
    const { wait } = yield* Effect.promise(() => import("../EmulatorWait.ts"))
    const { host, href } = yield* wait(url, source === Settings.defaultSource ? defaultWaitTimeout : value)
    yield* Output.isDocument(format)
      ? Output.writeDocument({ url: href, ready: true }, format)
      : Messages.notice(`The emulator at ${host} is ready.`)
  })
).pipe(
  Command.withDescription(
    "Wait until an emulator is ready. After --timeout (default 30s here), it ends with exit code 3."
  ),
  Command.withExamples([
    {
      command: `${programName} emulator --port 8080 & ${programName} emulator wait http://127.0.0.1:8080`,
      description: "Start an emulator before the tests, in a script or in CI"
    }
  ])
)

export const emulator = Command.make(
  "emulator",
  {
    port: optionalFlag(
      Flag.String("port").pipe(Flag.withAlias("p"), Flag.mapEffect(readPort)),
      "PORT",
      "The TCP port. Default: a free one"
    ),
    host: optionalFlag(
      Flag.String("host"),
      "ADDRESS",
      "The address to listen on. Default: 127.0.0.1, which only this machine can reach"
    ),
    user: Flag.Redacted("user").pipe(
      Flag.withDescription("The token of a user. Repeat it for more users. Default: one user with a random token"),
      Flag.withMetavar("TOKEN"),
      Flag.atLeast(0)
    ),
    seed: optionalFlag(
      Flag.String("seed"),
      "TEXT",
      "Make all codes and secrets repeatable, from this text. Default: random"
    ),
    otp: Flag.Redacted("otp").pipe(
      Flag.withDescription(
        "A fixed code for all SMS to a user, such as user-1=123456. Repeat it for more users. Default: another code for each SMS"
      ),
      Flag.withMetavar("USER=CODE"),
      Flag.atLeast(0)
    ),
    fault: Flag.String("fault").pipe(
      Flag.withDescription("A fault, as a rule in JSON or YAML, as in the last example. Repeat it for more rules"),
      Flag.withMetavar("RULE"),
      Flag.atLeast(0)
    ),
    database: optionalFlag(
      Flag.Path("database"),
      "FILE",
      "Keep the state in a SQLite file, encrypted with METAL_EMULATOR_KEY. Default: in memory"
    ),
    settings: optionalFlag(
      Flag.Path("settings"),
      "FILE",
      "The emulator's own file, in YAML or JSON: users, limits, database, webhook, faults and page"
    ),
    open: booleanFlag("open", "Open the emulator's page in the browser")
  },
  Effect.fnUntraced(function* (flags) {
    const settings = yield* Settings.current
    const format = yield* Settings.outputFormat(settings)
    const { serve } = yield* emulatorServe
    yield* serve(flags, format)
  })
).pipe(
  Command.withDescription("Start an emulator of the API, with a page. Prints each SMS."),
  Command.withExamples([
    {
      command: `${programName} emulator --open`,
      description: "On a free port, with a random token, and open its page"
    },
    {
      command: `${programName} emulator --port 8080 --user my-token`,
      description: "Choose the port and the token"
    },
    {
      command: `${programName} emulator --fault '{operation: receiveCodes, nth: 2, when: after, fault: {_tag: Reset}}'`,
      description: "Send the second SMS, and lose the reply to it"
    }
  ]),
  Command.withSubcommands([wait]),
  Command.annotate(SubcommandIsOptional, true)
)
