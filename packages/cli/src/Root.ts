/**
 * The command at the root, and the flags that every command takes.
 */
import type * as Effect from "effect/Effect"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"

/** The shapes that a result can be printed in. */
export const formats = ["table", "json", "yaml"] as const

export const root = Command.make("metal-otp").pipe(
  Command.withDescription("One-time passwords over the Equinix Metal OTP API, and an emulator of that API."),
  Command.withSharedFlags({
    token: Flag.Redacted("token").pipe(
      Flag.withDescription("The token. Other users can see it in the process list: METAL_AUTH_TOKEN or --token-file"),
      Flag.withMetavar("TOKEN"),
      Flag.optional
    ),
    tokenFile: Flag.Path("token-file").pipe(
      Flag.withDescription("Read the token from the first line of a file, or of standard input: -"),
      Flag.withMetavar("FILE"),
      Flag.optional
    ),
    apiUrl: Flag.String("api-url").pipe(
      Flag.withDescription("Where the API is (METAL_API_URL)"),
      Flag.withMetavar("URL"),
      Flag.optional
    ),
    allowInsecureHttp: Flag.Boolean("allow-insecure-http").pipe(
      Flag.withDescription("Permit http: to other hosts than this one; the token travels in the clear"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    config: Flag.Path("config").pipe(
      Flag.withDescription("metal-cli's configuration file (METAL_CONFIG; default ~/.config/equinix/metal.yaml)"),
      Flag.withMetavar("FILE"),
      Flag.optional
    ),
    output: Flag.Literals("output", formats).pipe(
      Flag.withAlias("o"),
      Flag.withDescription(
        "The shape of the result (METAL_OUTPUT). Default: a table on a terminal, plain lines on a pipe"
      ),
      Flag.optional
    ),
    timeout: Flag.String("timeout").pipe(
      Flag.withDescription(
        "How long a call may take, its retries included: 500ms, 10s, 2m (METAL_TIMEOUT; default 10s)"
      ),
      Flag.withMetavar("DURATION"),
      Flag.optional
    ),
    retries: Flag.String("retries").pipe(
      Flag.withDescription("How often to try again what certainly did nothing (METAL_RETRIES; default 3)"),
      Flag.withMetavar("COUNT"),
      Flag.optional
    ),
    quiet: Flag.Boolean("quiet").pipe(
      Flag.withAlias("q"),
      Flag.withDescription("Only results and errors: no spinner, no notices, no warnings"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    ),
    verbose: Flag.Boolean("verbose").pipe(
      Flag.withDescription("Show what was done, and how long it took, as a tree on standard error"),
      Flag.withoutNegation,
      Flag.withDefault(false)
    )
  })
)

/** What the flags said. */
export type Flags = Effect.Success<typeof root>
