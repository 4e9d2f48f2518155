/**
 * The command at the root, and the flags that every command takes.
 */
import type * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"
import * as Program from "./Program.ts"

/** The shapes that a result can be printed in. */
export const formats = ["table", "json", "yaml"] as const

/** A flag that is given or not. */
export const toggle = (name: string, description: string): Flag.Flag<boolean> =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withoutNegation, Flag.withDefault(false))

/** A flag with a value, that may be left out. */
export const option = <A>(flag: Flag.Flag<A>, metavar: string, description: string): Flag.Flag<Option.Option<A>> =>
  flag.pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

export const root = Command.make("metal-otp").pipe(
  Command.withDescription("One-time passwords over the Equinix Metal OTP API, and an emulator of that API."),
  Command.withExamples([
    { command: `${Program.name} demo`, description: "See all operations, without an account" },
    { command: `${Program.name} emulator --open`, description: "Start an emulator, and open its page" },
    { command: `${Program.name} doctor`, description: "Find out why something does not work" },
    { command: `${Program.name} sms send && ${Program.name} verify`, description: "Get an OTP by SMS, and verify it" },
    {
      command: `${Program.name} verify; echo $?`,
      description: "The exit code: 0 done, 1 refused, 2 usage, 3 network, 4 unknown"
    }
  ]),
  Command.withSharedFlags({
    token: option(
      Flag.Redacted("token"),
      "TOKEN",
      "The token. Other users can see it in the process list: use METAL_AUTH_TOKEN or --token-file instead"
    ),
    tokenFile: option(
      Flag.Path("token-file"),
      "FILE",
      "Read the token from the first line of a file, or of standard input: -"
    ),
    apiUrl: option(Flag.String("api-url"), "URL", "The base URL of the API (METAL_API_URL)"),
    allowInsecureHttp: toggle(
      "allow-insecure-http",
      "Permit http: to other machines. The token then travels in the clear"
    ),
    config: option(
      Flag.Path("config"),
      "FILE",
      "metal-cli's configuration file (METAL_CONFIG; default ~/.config/equinix/metal.yaml)"
    ),
    output: option(
      Flag.Literals("output", formats),
      "FORMAT",
      "The format of the result (METAL_OUTPUT). Default: a table on a terminal, plain lines on a pipe"
    ).pipe(Flag.withAlias("o")),
    timeout: option(
      Flag.String("timeout"),
      "DURATION",
      "How long a call may take, with its retries: 500ms, 10s, 2m (METAL_TIMEOUT; default 10s)"
    ),
    retries: option(
      Flag.String("retries"),
      "COUNT",
      "How many retries a call may make, if it certainly did not happen (METAL_RETRIES; default 3)"
    ),
    quiet: toggle("quiet", "Print results and errors only: no spinner, no notices, no warnings").pipe(
      Flag.withAlias("q")
    ),
    verbose: toggle("verbose", "Show what was done, and how long it took, as a tree on standard error")
  })
)

/** What the flags said. */
export type Flags = Effect.Success<typeof root>
