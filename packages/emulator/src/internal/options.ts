/**
 * The options: one Schema each, from which their types, their form in a file,
 * their defaults and their checks come. What they decode from is what a user
 * writes; what they decode to has its defaults, and works.
 */
import * as AuthToken from "@metal-otp/schema/AuthToken"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { sentAs } from "./hosts.ts"
import { TimeInFile, TimeInProgram } from "./times.ts"
import { TwoFactor } from "./twoFactorState.ts"

/** How what is no plain value is written. */
export interface Form<Time, Secret> {
  readonly time: Schema.Codec<Duration.Duration, Time>
  readonly secret: Schema.Codec<Redacted.Redacted<string>, Secret>
}

const isSecret = (input: unknown): input is Redacted.Redacted<string> =>
  Redacted.isRedacted(input) && typeof Redacted.value(input) === "string"

/** As a program gives options: a secret stays the one that it made, with its label. */
export const inProgram: Form<Duration.Input, Redacted.Redacted<string>> = {
  time: TimeInProgram,
  secret: Schema.declare(isSecret).annotate({ message: "it is not a Redacted string" })
}

/** As options are written in JSON or YAML. */
export const inFile: Form<string | number, string> = {
  time: TimeInFile,
  secret: Schema.RedactedFromValue(Schema.String)
}

const isPositive = Schema.makeFilter(
  (duration: Duration.Duration) =>
    (Duration.isFinite(duration) && Duration.isPositive(duration)) || "it is not a duration above zero"
)

const whole = (from: number, to: number) => {
  const message = `it is not a whole number from ${from} to ${to}`
  return Schema.Number.annotate({ message }).check(
    Schema.makeFilter((input: number) => (Number.isInteger(input) && input >= from && input <= to) || message)
  )
}

/** The hash under the HMAC. RFC 6238 1.2 allows these three; authenticator apps expect SHA1. */
export const Algorithm = Schema.Literals(["SHA1", "SHA256", "SHA512"])

const minimumBytes = 10

/** Without what people put between the letters, and what pads them. */
const cleaned = SchemaTransformation.transform({
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
  const isLong = Math.floor((text.length * 5) / 8) >= minimumBytes
  return (/^[A-Z2-7]+$/.test(text) && isLong) || "it is not at least 80 bits in base32"
})

const isPeriod = Schema.makeFilter((period: Duration.Duration) => {
  const seconds = Duration.toSeconds(period)
  return (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600) || "it is not whole seconds from 1 to 3600"
})

/** How a user's authenticator app is enrolled. */
export const totp = <Time, Secret>({ secret, time }: Form<Time, Secret>) =>
  Schema.Struct({
    /** In base32; spaces, dashes and padding are ignored. At least 80 bits. Default: 160 random bits, as RFC 4226 advises. */
    secret: Schema.optional(secret.pipe(Schema.decodeTo(Schema.Redacted(Schema.String), cleaned)).check(isBase32)),
    /** Default: `"SHA1"`. */
    algorithm: Algorithm.pipe(Schema.withDecodingDefaultType(Effect.succeed("SHA1"))),
    /** Default: 6. */
    digits: Schema.Literals([6, 7, 8]).pipe(Schema.withDecodingDefaultType(Effect.succeed(6))),
    /** How long a code is shown: whole seconds, from 1 second to 1 hour. Default: 30 seconds. */
    period: time.check(isPeriod).pipe(Schema.withDecodingDefaultType(Effect.succeed(Duration.seconds(30))))
  })

const isNoTwoFactor = "it is neither true nor false, nor says which of app and sms are on"

const twoFactor = Schema.Union([
  Schema.Boolean,
  Schema.Struct({
    app: TwoFactor.fields.app.pipe(Schema.withDecodingDefaultType(Effect.succeed("off"))),
    sms: TwoFactor.fields.sms.pipe(Schema.withDecodingDefaultType(Effect.succeed("off")))
  })
])
  .annotate({ message: isNoTwoFactor })
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

const isName = Schema.makeFilter((name: string) => {
  if (name.trim() === "") return "it is empty"
  return /^\.\.?$/.test(name) ? "it is dots alone, which no URL can name" : undefined
})

const hasNumberForSms = Schema.makeFilter(
  ({ phoneNumber, twoFactor }: { readonly phoneNumber: string | null; readonly twoFactor: TwoFactor }) =>
    phoneNumber === null && twoFactor.sms === "on"
      ? { path: ["twoFactor", "sms"], issue: "it is on, but no phone number is known" }
      : undefined
)

/** A user of the emulator. */
export const user = <Time, Secret>(form: Form<Time, Secret>) =>
  Schema.Struct({
    /** The token that stands for the user: printable ASCII, and nobody else's. */
    authToken: form.secret.check(isAuthToken),
    /** What the view and the authenticator app call the user; nobody else's. Default: `"user-1"`, by the place in the list. */
    name: Schema.optional(Schema.String.check(isName)),
    /** Where an SMS goes. Default: `"+1 555 0100"`; `null`: no number is known, so asking for an SMS fails with 422. */
    phoneNumber: Schema.NullOr(Schema.String).pipe(Schema.withDecodingDefaultType(Effect.succeed("+1 555 0100"))),
    /**
     * By which ways two-factor authentication is on at first: `true` by app, `false` in no way, which means no recovery
     * codes and a 404 for them. `{ app: "on", sms: "on" }` says it of each; one that is left out is off, and an app that
     * is `"seeded"` waits for its first code. Default: `true`.
     */
    twoFactor: twoFactor.pipe(Schema.withDecodingDefault(Effect.succeed(true))),
    /** How the authenticator app is enrolled. Seeds are issued so too, with a new secret. Default: with a new secret. */
    totp: totp(form).pipe(Schema.withDecodingDefault(Effect.succeed({}))),
    /** The 6 digits that every SMS to the user carries, so that a test knows them. Default: others each time. */
    otp: Schema.optional(form.secret.check(isFixedOtp))
  }).check(hasNumberForSms)

/** What a user decodes from, as a program gives it. */
export type UserInProgram = ReturnType<typeof user<Duration.Input, Redacted.Redacted<string>>>["Encoded"]

/** What names a user, and who they are to the API. */
interface Identity {
  readonly authToken: Redacted.Redacted<string>
  readonly name?: string | undefined
}

/**
 * What a user is called.
 *
 * @param user as the options have them
 * @param index their place in the list
 */
export const nameOf = ({ name }: Pick<Identity, "name">, index: number): string => name ?? `user-${index + 1}`

/** No two users share a token or a name. */
const areDistinct = Schema.makeFilter((users: ReadonlyArray<Identity>) => {
  const tokens = new Map<string, number>()
  const names = new Map<string, number>()
  for (const [index, user] of users.entries()) {
    for (const [option, seen, value] of [
      ["authToken", tokens, Redacted.value(user.authToken)],
      ["name", names, nameOf(user, index)]
    ] as const) {
      const other = seen.get(value)
      if (other !== undefined) return { path: [index, option], issue: `it is that of users[${other}] too` }
      seen.set(value, index)
    }
  }
  return undefined
})

/** A user, checked and with the defaults. */
export type User = ReturnType<typeof user>["Type"]

/** The users and their limits. */
export const emulator = <Time, Secret>(form: Form<Time, Secret>) => {
  const time = form.time.check(isPositive)
  return Schema.Struct({
    /** The users. Every other token is answered with 401. */
    users: Schema.Array(user(form)).check(areDistinct),
    /**
     * Of all codes, recovery codes, tokens and secrets of apps: the same seed gives the same, in the same order. For tests
     * only: whoever knows the seed knows them too. Default: none, so that nobody can know them.
     */
    seed: Schema.optional(Schema.Union([Schema.String, Schema.Finite])),
    /** How long the code of an SMS works. Default: 5 minutes. */
    otpTimeToLive: time.pipe(Schema.withDecodingDefaultType(Effect.succeed(Duration.minutes(5)))),
    /** How many time steps before and after the current one an app's code is accepted as well, 0 to 10. Default: 1. */
    totpWindow: whole(0, 10).pipe(Schema.withDecodingDefaultType(Effect.succeed(1))),
    /**
     * After `max` wrong OTPs of a user `within` a time, every OTP of theirs is refused with 429 for a while, the right
     * ones too. A right one before that starts the count over. Default: 10 within 10 minutes, for 5 minutes.
     */
    wrongOtps: Schema.Struct({
      /** 1 to 1,000. Default: 10. */
      max: whole(1, 1000).pipe(Schema.withDecodingDefaultType(Effect.succeed(10))),
      /** Default: 10 minutes. */
      within: time.pipe(Schema.withDecodingDefaultType(Effect.succeed(Duration.minutes(10)))),
      /** Default: 5 minutes. */
      lockFor: time.pipe(Schema.withDecodingDefaultType(Effect.succeed(Duration.minutes(5))))
    }).pipe(Schema.withDecodingDefault(Effect.succeed({}))),
    /** How many SMS a user gets `within` a time, 1 to 1,000; more are refused with 429. Default: no limit. */
    smsLimit: Schema.optional(Schema.Struct({ max: whole(1, 1000), within: time })),
    /** How many SMS the outbox keeps, the newest: 1 to 1,000,000. Default: 1,000. */
    outboxSize: whole(1, 1_000_000).pipe(Schema.withDecodingDefaultType(Effect.succeed(1000))),
    /** How many requests the log keeps, the newest: 1 to 1,000,000. Default: 1,000. */
    requestLogSize: whole(1, 1_000_000).pipe(Schema.withDecodingDefaultType(Effect.succeed(1000)))
  })
}

/** The users and their limits, checked and with the defaults. */
export type Settings = ReturnType<typeof emulator>["Type"]

/** At most so many in so long. */
export type Limit = NonNullable<Settings["smsLimit"]>

const isHost = Schema.makeFilter(
  (host: string) =>
    sentAs(host).length > 0 || "it is not a host name or an address, with a port or without, such as emulator.test:4010"
)

const isGiven = Schema.makeFilter((secret: Redacted.Redacted<string>) => Redacted.value(secret) !== "" || "it is empty")

/** What `Authorization` can carry: a newline at the end of a file would never match. */
const isBearer = Schema.makeFilter(
  (secret: Redacted.Redacted<string>) =>
    /^[!-~]+$/.test(Redacted.value(secret)) ||
    "it is empty, or has something other than printable ASCII without spaces in it"
)

/** Where the server listens, and who may ask it what. */
export const server = <Time, Secret>({ secret }: Form<Time, Secret>) =>
  Schema.Struct({
    /** The TCP port, 0 to 65,535. Default: 0, a free one. */
    port: whole(0, 65_535).pipe(Schema.withDecodingDefaultType(Effect.succeed(0))),
    /**
     * The address to listen on. Default: `"127.0.0.1"`, so that only this machine can reach it. Everybody who can reach
     * another one can try tokens and OTPs.
     */
    host: Schema.String.pipe(Schema.withDecodingDefaultType(Effect.succeed("127.0.0.1"))),
    /**
     * Whether there is a page at `/`. It shows all that is secret here to whoever can reach it. Default: only on loopback.
     *
     * It is served under `localhost` and the IP addresses of loopback with the server's port, on another address under any
     * IP address too, and under these `hosts`, such as `"emulator.test:4010"`, with the port that the browser shows. A
     * proxy that ends TLS may stand under these.
     */
    page: Schema.optional(
      Schema.Union([Schema.Boolean, Schema.Struct({ hosts: Schema.Array(Schema.String.check(isHost)) })])
    ),
    /**
     * What others than this machine send to use the control API, as `Authorization: Bearer <key>`. Default: the value of
     * `METAL_EMULATOR_CONTROL_KEY`. Without one, only who is shown the page may use it, and this machine.
     */
    controlKey: Schema.optional(secret.check(isBearer))
  })

/** SQLite takes some names for something else than a path, and then keeps the state nowhere, or where all can read it. */
const isFilename = Schema.makeFilter((filename: string) => {
  if (filename === "") return "it is empty"
  if (/^:memory:$/i.test(filename)) return "it is no file: leave the database out to keep the state in memory"
  return /^file:/i.test(filename) ? "it is a URL: give the path of a file" : undefined
})

/** Where the state is kept. */
export const database = <Time, Secret>({ secret }: Form<Time, Secret>) =>
  Schema.Struct({
    /**
     * The path of the file, for its owner alone (mode 0600). It is made when it is not there; its directory is not. One
     * emulator at a time can use it.
     */
    filename: Schema.String.check(isFilename),
    /**
     * What its secrets are encrypted with: a password, or 256 random bits as 64 hex digits (`openssl rand -hex 32`).
     * Without it, they are lost.
     */
    key: secret.check(isGiven)
  })

const isNoUrl = "it is not an http: or https: URL without credentials"

const isWebhook = Schema.makeFilter((input: string | URL) => {
  const url = URL.parse(input)
  const isFine = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === ""
  return isFine || isNoUrl
})

/** Where SMS are posted to. */
export const webhook = <Time, Secret>({ time }: Form<Time, Secret>) =>
  Schema.Struct({
    /** An `http:` or `https:` URL without credentials. */
    url: Schema.Union([Schema.String, Schema.instanceOf(URL).annotate({ message: isNoUrl })]).check(isWebhook),
    /** How long the receiver may take to answer. Default: 5 seconds. */
    timeout: time.check(isPositive).pipe(Schema.withDecodingDefaultType(Effect.succeed(Duration.seconds(5))))
  })
