/**
 * The root command `metal-otp` without its subcommands, and the flags that every command takes.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import type * as Option from "effect/Option"
import { programName } from "./ProgramName.ts"

/** The formats of a result. */
export const formats = ["table", "json", "yaml"] as const

/** A flag without a value. */
export const booleanFlag = (name: string, description: string): Flag.Flag<boolean> =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withoutNegation, Flag.withDefault(false))

/** A flag with a value, which the user may leave out. */
export const optionalFlag = <A>(
  flag: Flag.Flag<A>,
  metavar: string,
  description: string
): Flag.Flag<Option.Option<A>> => flag.pipe(Flag.withMetavar(metavar), Flag.withDescription(description), Flag.optional)

/** Whether a command with subcommands also works without one. Its usage then has the subcommand in brackets. */
export const SubcommandIsOptional = Context.Reference<boolean>("@metal-otp/cli/RootCommand/SubcommandIsOptional", {
  defaultValue: () => false
})

export const root = Command.make("metal-otp").pipe(
  Command.withDescription("One-time passwords over the Equinix Metal OTP API, and an emulator of that API."),
  Command.withExamples([
    { command: `${programName} demo`, description: "See OTPs and recovery codes at work, without an account" },
    { command: `${programName} emulator --open`, description: "Start an emulator, and open its page" },
    { command: `${programName} doctor`, description: "Find out why something does not work" },
    { command: `${programName} sms send && ${programName} verify`, description: "Get an OTP by SMS, and verify it" },
    {
      command: `${programName} verify; echo $?`,
      description: "The exit code: 0 done, 1 refused, 2 usage, 3 network, 4 unknown"
    }
  ]),
  Command.withSharedFlags({
    token: optionalFlag(
      Flag.Redacted("token"),
      "TOKEN",
      "The token. Other users can see it in the process list: use METAL_AUTH_TOKEN or --token-file instead"
    ),
    tokenFile: optionalFlag(
      Flag.Path("token-file"),
      "FILE",
      "Read the token from the first line of a file, or of standard input: -"
    ),
    apiUrl: optionalFlag(Flag.String("api-url"), "URL", "The base URL of the API (METAL_API_URL)"),
    allowInsecureHttp: booleanFlag(
      "allow-insecure-http",
      "Permit http: to other machines. The token then travels unencrypted"
    ),
    config: optionalFlag(
      Flag.Path("config"),
      "FILE",
      "metal-cli's configuration file (METAL_CONFIG; default ~/.config/equinix/metal.yaml)"
    ),
    output: optionalFlag(
      Flag.Literals("output", formats),
      "FORMAT",
      "The format of the result (METAL_OUTPUT). Default: a table on a terminal, plain lines on a pipe"
    ).pipe(Flag.withAlias("o")),
    timeout: optionalFlag(
      Flag.String("timeout"),
      "DURATION",
      "How long a call may take, with its retries: 500ms, 10s, 2m (METAL_TIMEOUT; default 10s)"
    ),
    retries: optionalFlag(
      Flag.String("retries"),
      "COUNT",
      "How often to retry a read, or an operation that certainly did not happen (METAL_RETRIES; default 3)"
    ),
    quiet: booleanFlag("quiet", "Print results and errors only: no spinner, no notices, no warnings").pipe(
      Flag.withAlias("q")
    ),
    verbose: booleanFlag("verbose", "Show what was done, and how long it took, as a tree on standard error")
  })
)

/** The values of the flags that every command takes. */
export type SharedFlags = Effect.Success<typeof root>
