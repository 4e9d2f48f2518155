/**
 * The schemas of all options. The types, the defaults, the checks and the form in a file come from them. The encoded side
 * is what a user writes. The decoded side is valid, and has the defaults.
 */
import * as AuthToken from "@metal-otp/schema/AuthToken"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { hostHeaders } from "./hosts.ts"
import { DurationInFile, DurationInProgram } from "./times.ts"
import { TwoFactor } from "./twoFactorState.ts"

/** How durations and secrets are written: in a program, or in a file. */
export interface Form<DurationInput, Secret> {
  readonly duration: Schema.Codec<Duration.Duration, DurationInput>
  readonly secret: Schema.Codec<Redacted.Redacted<string>, Secret>
}

const isSecret = (input: unknown): input is Redacted.Redacted<string> =>
  Redacted.isRedacted(input) && typeof Redacted.value(input) === "string"

/** Options in a program. A secret stays the same `Redacted`, with its label. */
export const inProgram: Form<Duration.Input, Redacted.Redacted<string>> = {
  duration: DurationInProgram,
  secret: Schema.declare(isSecret).annotate({ message: "it is not a Redacted string" })
}

/** Options in JSON or YAML. */
export const inFile: Form<string | number, string> = {
  duration: DurationInFile,
  secret: Schema.RedactedFromValue(Schema.String)
}

const isPositive = Schema.makeFilter(
  (duration: Duration.Duration) =>
    (Duration.isFinite(duration) && Duration.isPositive(duration)) || "it is not a duration above zero"
)

const wholeNumber = (from: number, to: number) => {
  const message = `it is not a whole number from ${from} to ${to}`
  return Schema.Number.annotate({ message }).check(
    Schema.makeFilter((input: number) => (Number.isInteger(input) && input >= from && input <= to) || message)
  )
}

/** The hash function of the HMAC. RFC 6238 1.2 allows these three. Authenticator apps expect SHA1. */
export const Algorithm = Schema.Literals(["SHA1", "SHA256", "SHA512"])

const minSecretBytes = 10

/** A block of SHA-512: HMAC hashes a longer key first (RFC 2104), and a QR code has room for this one. */
const maxSecretBytes = 128

/** Removes the spaces and dashes that people add for reading, and the padding. */
const normalizeBase32 = SchemaTransformation.transform({
  decode: (secret: Redacted.Redacted<string>) =>
    Redacted.make(
      Redacted.value(secret)
        .replaceAll(/[\s-]|=+$/g, "")
        .toUpperCase()
    ),
  encode: (secret: Redacted.Redacted<string>) => secret
})

const isBase32 = Schema.makeFilter((secret: Redacted.Redacted<string>) => {
  const text = Redacted.value(secret)
  const bytes = Math.floor((text.length * 5) / 8)
  const isInBounds = bytes >= minSecretBytes && bytes <= maxSecretBytes
  return (/^[A-Z2-7]+$/.test(text) && isInBounds) || "it is not 80 to 1024 bits in base32"
})

const isPeriod = Schema.makeFilter((period: Duration.Duration) => {
  const seconds = Duration.toSeconds(period)
  return (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600) || "it is not whole seconds from 1 to 3600"
})

/** The options of a user's authenticator app. */
export const totp = <DurationInput, Secret>({ duration, secret }: Form<DurationInput, Secret>) =>
  Schema.Struct({
    /** In base32, 80 to 1024 bits. Spaces, dashes and padding are ignored. Default: 160 random bits, as RFC 4226 advises. */
    secret: Schema.optional(
      secret.pipe(Schema.decodeTo(Schema.Redacted(Schema.String), normalizeBase32)).check(isBase32)
    ),
    /** Default: `"SHA1"`. */
    algorithm: Algorithm.pipe(Schema.withDecodingDefaultType(Effect.succeed("SHA1"))),
    /** Default: 6. */
    digits: Schema.Literals([6, 7, 8]).pipe(Schema.withDecodingDefaultType(Effect.succeed(6))),
    /** How long a code is shown: whole seconds, from 1 second to 1 hour. Default: 30 seconds. */
    period: duration.check(isPeriod).pipe(Schema.withDecodingDefaultType(Effect.succeed(Duration.seconds(30))))
  })

/** Either a boolean for the app, or the state of each factor. */
const twoFactor = Schema.Union([
  Schema.Boolean,
  Schema.Struct({
    app: TwoFactor.fields.app.pipe(Schema.withDecodingDefaultType(Effect.succeed("off"))),
    sms: TwoFactor.fields.sms.pipe(Schema.withDecodingDefaultType(Effect.succeed("off")))
  })
])
  .annotate({ message: "it is neither a boolean nor an object with the states of app and sms" })
  .pipe(
    Schema.decodeTo(
      TwoFactor,
      SchemaTransformation.transform({
        decode: (given): TwoFactor => (typeof given === "boolean" ? { app: given ? "on" : "off", sms: "off" } : given),
        encode: (state): TwoFactor => state
      })
    )
  )

const isAuthToken = Schema.makeFilter((token: Redacted.Redacted<string>) =>
  Result.match(AuthToken.parse(token), { onFailure: ({ problem }) => problem, onSuccess: () => undefined })
)

const isFixedOtp = Schema.makeFilter(
  (otp: Redacted.Redacted<string>) => /^\d{6}$/.test(Redacted.value(otp)) || "it is not 6 digits"
)

/** A URL and a QR code have room for it, whichever its characters. */
const maxNameLength = 200

const isName = Schema.makeFilter((name: string) => {
  if (name.trim() === "") return "it is empty"
  if (name.length > maxNameLength) return `it is longer than ${maxNameLength} characters`
  if (/\p{Surrogate}/u.test(name)) return "it has half of a character: a surrogate is alone in it"
  return /^\.\.?$/.test(name) ? "it has only dots, and a URL can't have such a name" : undefined
})

const hasPhoneNumberForSms = Schema.makeFilter(
  ({ phoneNumber, twoFactor }: { readonly phoneNumber: string | null; readonly twoFactor: TwoFactor }) =>
    phoneNumber === null && twoFactor.sms === "on"
      ? { path: ["twoFactor", "sms"], issue: "it is on, but the user has no phone number" }
      : undefined
)

/** A user of the emulator. */
export const user = <DurationInput, Secret>(form: Form<DurationInput, Secret>) =>
  Schema.Struct({
    /** The user's token: printable ASCII, and unique among the users. */
    authToken: form.secret.check(isAuthToken),
    /** The user's name in the view and in the authenticator app, unique among the users, at most 200 characters. Default: `"user-1"` for the first. */
    name: Schema.optional(Schema.String.check(isName)),
    /** The number that SMS go to. `null`: none is known, and `receiveCodes` fails with 422. Default: `"+1 555 0100"`. */
    phoneNumber: Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultType(Effect.succeed("+1 555 0100"))),
    /**
     * The factors that are on at the start. `true`: the app. `false`: none, so there are no recovery codes, and the API
     * answers 404 for them. `{ app: "on", sms: "on" }` sets each; one that is left out is off. An app that is `"seeded"`
     * has a seed that no code has confirmed. Default: `true`.
     */
    twoFactor: twoFactor.pipe(Schema.withDecodingDefault(Effect.succeed(true))),
    /** The enrolment of the app. `seedApp` uses it too, with a new secret. Default: a random secret. */
    totp: totp(form).pipe(Schema.withDecodingDefault(Effect.succeed({}))),
    /** The 6 digits of every SMS to the user, for tests that need to know them. Default: random digits for each SMS. */
    otp: Schema.optional(form.secret.check(isFixedOtp))
  }).check(hasPhoneNumberForSms)

/** The options of a user in a program. */
export type UserInput = ReturnType<typeof user<Duration.Input, Redacted.Redacted<string>>>["Encoded"]

interface Identity {
  readonly authToken: Redacted.Redacted<string>
  readonly name?: string | undefined
}

/** The name of the user at this index of the list. */
export const nameOf = ({ name }: Pick<Identity, "name">, index: number): string => name ?? `user-${index + 1}`

const areDistinct = Schema.makeFilter((users: ReadonlyArray<Identity>) => {
  const tokens = new Map<string, number>()
  const names = new Map<string, number>()
  for (const [index, user] of users.entries()) {
    for (const [option, seen, value] of [
      ["authToken", tokens, Redacted.value(user.authToken)],
      ["name", names, nameOf(user, index)]
    ] as const) {
      const other = seen.get(value)
      if (other !== undefined) return { path: [index, option], issue: `users[${other}] has it too` }
      seen.set(value, index)
    }
  }
  return undefined
})

/** A user, decoded. */
export type User = ReturnType<typeof user>["Type"]

/** The users, and the limits of all users. */
export const emulator = <DurationInput, Secret>(form: Form<DurationInput, Secret>) => {
  const duration = form.duration.check(isPositive)
  return Schema.Struct({
    /** The users. The API answers 401 for every other token. */
    users: Schema.Array(user(form)).check(areDistinct),
    /**
     * The seed of all codes, recovery codes, tokens and secrets of apps. The same seed makes the same ones in the same
     * order, so use it for tests only. Default: none, and they are random.
     */
    seed: Schema.optional(Schema.Union([Schema.String, Schema.Finite])),
    /** How long the code of an SMS works. Default: 5 minutes. */
    otpTimeToLive: duration.pipe(Schema.withDecodingDefaultType(Effect.succeed(Duration.minutes(5)))),
    /** How many time steps before and after the current one an app's code is accepted as well, 0 to 10. Default: 1. */
    totpWindow: wholeNumber(0, 10).pipe(Schema.withDecodingDefaultType(Effect.succeed(1))),
    /**
     * After `max` wrong OTPs `within` a time, the user is locked: every OTP of theirs, right or wrong, is refused with
     * 429. A right OTP before that starts the count again. Default: 10 within 10 minutes, for 5 minutes.
     */
    wrongOtps: Schema.Struct({
      /** 1 to 1,000. Default: 10. */
      max: wholeNumber(1, 1000).pipe(Schema.withDecodingDefaultType(Effect.succeed(10))),
      /** Default: 10 minutes. */
      within: duration.pipe(Schema.withDecodingDefaultType(Effect.succeed(Duration.minutes(10)))),
      /** Default: 5 minutes. */
      lockFor: duration.pipe(Schema.withDecodingDefaultType(Effect.succeed(Duration.minutes(5))))
    }).pipe(Schema.withDecodingDefault(Effect.succeed({}))),
    /** How many SMS a user gets `within` a time, 1 to 1,000. More are refused with 429. Default: no limit. */
    smsLimit: Schema.optional(Schema.Struct({ max: wholeNumber(1, 1000), within: duration })),
    /** How many SMS the outbox keeps, the newest: 1 to 1,000,000. Default: 1,000. */
    outboxSize: wholeNumber(1, 1_000_000).pipe(Schema.withDecodingDefaultType(Effect.succeed(1000))),
    /** How many requests the log keeps, the newest: 1 to 1,000,000. Default: 1,000. */
    requestLogSize: wholeNumber(1, 1_000_000).pipe(Schema.withDecodingDefaultType(Effect.succeed(1000)))
  })
}

/** The users and the limits, decoded. */
export type Settings = ReturnType<typeof emulator>["Type"]

/** At most `max` events `within` a time. */
export type Limit = NonNullable<Settings["smsLimit"]>

const isHost = Schema.makeFilter(
  (host: string) =>
    hostHeaders(host).length > 0 ||
    "it is not a host name or an address, with a port or without, such as emulator.test:4010"
)

const isNotEmpty = Schema.makeFilter(
  (secret: Redacted.Redacted<string>) => Redacted.value(secret) !== "" || "it is empty"
)

/** A client must be able to send it in `Authorization`. So the key can't end with the newline of a file, for example. */
const isBearerToken = Schema.makeFilter(
  (secret: Redacted.Redacted<string>) =>
    /^[!-~]+$/.test(Redacted.value(secret)) ||
    "it is empty, or has a character that is not printable ASCII, such as a space or a newline"
)

/** Where the server listens, and who may use it. */
export const server = <DurationInput, Secret>({ secret }: Form<DurationInput, Secret>) =>
  Schema.Struct({
    /** The TCP port, 0 to 65,535. Default: 0, which takes a free port. */
    port: wholeNumber(0, 65_535).pipe(Schema.withDecodingDefaultType(Effect.succeed(0))),
    /**
     * The address to listen on. Default: `"127.0.0.1"`, which only this machine can reach. On another address, everybody
     * who can reach it can try tokens and OTPs.
     */
    host: Schema.String.pipe(Schema.withDecodingDefaultType(Effect.succeed("127.0.0.1"))),
    /**
     * Whether there is a page at `/`. It shows all secrets of the emulator to everybody who can reach it. Default: only if
     * the server listens on loopback.
     *
     * Browsers may open the page as `localhost` or a loopback address, with the server's port. If other machines can reach
     * the server, they may also use any IP address. `hosts` adds names, such as `"emulator.test:4010"`, with the port that
     * the browser shows. A proxy that terminates TLS may serve under these names.
     */
    page: Schema.optional(
      Schema.Union([Schema.Boolean, Schema.Struct({ hosts: Schema.Array(Schema.String.check(isHost)) })])
    ),
    /**
     * The key of the control API for other machines, which send it as `Authorization: Bearer <key>`. Default: the value of
     * `METAL_EMULATOR_CONTROL_KEY`. Without a key, only this machine may use the control API, and everybody who may see
     * the page.
     */
    controlKey: Schema.optional(secret.check(isBearerToken))
  })

/** SQLite does not take these names as paths: it would keep the state in no file, or in a file that others can read. */
const isFilename = Schema.makeFilter((filename: string) => {
  if (filename === "") return "it is empty"
  if (/^:memory:$/i.test(filename)) return "it is no file: leave the database out to keep the state in memory"
  return /^file:/i.test(filename) ? "it is a URL: give the path of a file" : undefined
})

/** The file that keeps the state. */
export const database = <DurationInput, Secret>({ secret }: Form<DurationInput, Secret>) =>
  Schema.Struct({
    /**
     * The path of the file. The emulator makes the file, for its owner alone (mode 0600), but not its directory. One
     * emulator at a time can use it.
     */
    filename: Schema.String.check(isFilename),
    /**
     * The key that encrypts the secrets in the file: a password, or 256 random bits as 64 hex digits
     * (`openssl rand -hex 32`). Without the key, they are lost.
     */
    key: secret.check(isNotEmpty)
  })

const notWebhookUrl = "it is not an http: or https: URL without credentials"

const isWebhookUrl = Schema.makeFilter((input: string | URL) => {
  const url = URL.parse(input)
  const isValid = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === ""
  return isValid || notWebhookUrl
})

/** The receiver of SMS. */
export const webhook = <DurationInput, Secret>({ duration }: Form<DurationInput, Secret>) =>
  Schema.Struct({
    /** An `http:` or `https:` URL without credentials. */
    url: Schema.Union([Schema.String, Schema.instanceOf(URL).annotate({ message: notWebhookUrl })]).check(isWebhookUrl),
    /** How long the receiver may take to answer. Default: 5 seconds. */
    timeout: duration.check(isPositive).pipe(Schema.withDecodingDefaultType(Effect.succeed(Duration.seconds(5))))
  })
