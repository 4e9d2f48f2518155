/**
 * Serves the emulator, for `metal-otp emulator`: prints its addresses and each SMS, until a signal stops it.
 */
import { Emulator, EmulatorConfig, EmulatorServer, type InvalidOption } from "@metal-otp/emulator"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import * as Browser from "./Browser.ts"
import * as ExitCode from "./ExitCode.ts"
import { Unusable } from "./Failure.ts"
import * as Messages from "./Messages.ts"
import * as Output from "./Output.ts"
import { printable } from "./Printable.ts"
import { programName } from "./ProgramName.ts"

type Config = EmulatorConfig.Options

/** The flags of the command. A flag comes before the same setting in the file of `--settings`. */
export interface Flags {
  /** 0 is a free port. */
  readonly port: Option.Option<number>
  readonly host: Option.Option<string>
  /** The tokens of users. Without tokens here and in the file, there is one user with a random token. */
  readonly user: ReadonlyArray<Redacted.Redacted<string>>
  /** The fixed codes of users, each as `NAME=123456`. */
  readonly otp: ReadonlyArray<Redacted.Redacted<string>>
  readonly seed: Option.Option<string>
  /** Fault rules in JSON or YAML. */
  readonly fault: ReadonlyArray<string>
  /** The path of the SQLite file. Without one, the emulator keeps its state in memory. */
  readonly database: Option.Option<string>
  /** The path of the emulator's own configuration file. */
  readonly settings: Option.Option<string>
  /** Whether to open the page in the browser. */
  readonly open: boolean
}

const unusable = (problem: string, next?: string) =>
  new Unusable({ report: { problem, happened: "The emulator was not started.", next } })

const readFile = (path: string) =>
  EmulatorConfig.read(path).pipe(
    Effect.catchTags({
      PlatformError: ({ reason }) =>
        Effect.fail(
          // The path of a file that does not exist may be a misplaced secret.
          reason._tag === "NotFound"
            ? unusable("--settings can't be used: there is no such file.")
            : unusable(`--settings can't be used: the file ${path} can't be read.`)
        ),
      InvalidOption: ({ message }) => Effect.fail(unusable(`${path} can't be used: ${printable(message)}`))
    })
  )

const badFault = (index: number, problem: string) =>
  unusable(`--fault number ${index + 1} can't be used: ${printable(problem)}.`)

const parseFault = (text: string, index: number) =>
  Effect.mapError(EmulatorConfig.parseRule(text), ({ option, problem }) =>
    badFault(index, option === "rule" ? problem : `${option}: ${problem}`)
  )

const decodePort = Schema.decodeUnknownOption(EmulatorServer.Options.fields.port)

/**
 * Parses a port. Returns `None` when the text is not a port that the server accepts.
 *
 * @param text the value of the flag
 */
export const parsePort = (text: string): Option.Option<number> =>
  /^\d+$/.test(text) ? decodePort(Number(text)) : Option.none()

/** Reports an option of the emulator that can't be used, by the flag that sets it if there is one. */
const badOption = ({ database, user }: Flags, { option, problem }: InvalidOption.InvalidOption) => {
  const token = user.findIndex((_, index) => option === `users[${index}].authToken`)
  if (token !== -1) return unusable(`--user number ${token + 1} can't be used: ${printable(problem)}.`)
  if (Option.isSome(database) && option === "database.filename") {
    return unusable(`--database can't be used: ${printable(problem)}.`)
  }
  return unusable(
    `The option ${printable(option)} can't be used: ${printable(problem)}.`,
    option === "database.key" ? "Set METAL_EMULATOR_KEY to the password of the database." : undefined
  )
}

type Users = Config["users"]

/** A user's name. The emulator gives a name to each user without one. */
const nameOf = ({ name }: Users[number], index: number) => name ?? `user-${index + 1}`

/** Parses `NAME=123456`. A name may contain `=`. */
const parseFixedOtp = Effect.fnUntraced(function* (text: Redacted.Redacted<string>, index: number, users: Users) {
  const [, name, otp] = /^(.+)=(\d{6})$/s.exec(Redacted.value(text)) ?? []
  const unusableOtp = (problem: string) => unusable(`--otp number ${index + 1} can't be used: ${problem}.`)
  if (name === undefined || otp === undefined) {
    return yield* unusableOtp("it is not the name of a user and 6 digits, such as user-1=123456")
  }
  const names = users.map(nameOf)
  if (!names.includes(name)) {
    return yield* unusableOtp(`there is no such user. The users are: ${names.map(printable).join(", ")}`)
  }
  return [name, Redacted.make(otp)] as const
})

/** Gives the users the fixed codes of `--otp`. */
const withFixedOtps = Effect.fnUntraced(function* (users: Users, flags: Flags["otp"]) {
  const otps = new Map(yield* Effect.forEach(flags, (flag, index) => parseFixedOtp(flag, index, users)))
  return users.map((user, index) => {
    const otp = otps.get(nameOf(user, index))
    return otp === undefined ? user : { ...user, otp }
  })
})

/** Merges the flags into the settings of the file. */
const makeConfig = Effect.fnUntraced(function* (flags: Flags) {
  const file: Config = Option.isSome(flags.settings) ? yield* readFile(flags.settings.value) : { users: [] }
  const rules = yield* Effect.forEach(flags.fault, parseFault)
  const known = flags.user.length === 0 ? file.users : flags.user.map((authToken) => ({ authToken }))
  const users = known.length === 0 ? [{ authToken: Redacted.make(`emulator-${crypto.randomUUID()}`) }] : known
  return {
    ...file,
    port: Option.getOrElse(flags.port, () => file.port),
    host: Option.getOrElse(flags.host, () => file.host),
    seed: Option.getOrElse(flags.seed, () => file.seed),
    ...Option.match(flags.database, {
      onNone: () => ({}),
      onSome: (filename) => ({ database: { ...file.database, filename } })
    }),
    ...(rules.length === 0 ? {} : { faults: { ...file.faults, rules } }),
    users: yield* withFixedOtps(users, flags.otp)
  }
})

type Server = EmulatorServer.EmulatorServer["Service"]

/** The users whose SMS always have the same code. */
const fixedOtpsOf = (users: Users) =>
  users.flatMap((user, index) =>
    user.otp === undefined ? [] : [{ user: nameOf(user, index), otp: Redacted.value(user.otp) }]
  )

const welcome = ({ baseUrl, controlUrl, pageUrl }: Server, users: Users, isPersistent: boolean) => {
  const [token = "", ...others] = users.map(({ authToken }) => Redacted.value(authToken))
  return [
    `The emulator listens at ${baseUrl}`,
    ...Option.match(pageUrl, { onNone: () => [], onSome: (url) => [`Its page is at ${url}`] }),
    `Tests get codes from its control API at ${controlUrl}`,
    "",
    "In another terminal:",
    "",
    `  export METAL_API_URL=${baseUrl}`,
    `  export METAL_AUTH_TOKEN='${token.replaceAll("'", `'\\''`)}'`,
    `  ${programName} sms send`,
    `  ${programName} verify`,
    "",
    ...(others.length === 0 ? [] : [`More tokens: ${others.map(printable).join("  ")}`, ""]),
    ...fixedOtpsOf(users).map(({ otp, user }) => `Every SMS to ${printable(user)} has the fixed code ${otp}.`),
    `Each SMS appears here. Ctrl-C stops the emulator${isPersistent ? "" : ", and it forgets everything"}.`,
    "",
    ""
  ].join("\n")
}

const stringOf = (cause: unknown, name: "code" | "syscall") => {
  const value: unknown = Predicate.hasProperty(cause, name) ? cause[name] : undefined
  return Predicate.isString(value) ? value : ""
}

/** Reports that the server can't listen: because of the host, if it is not an address of this machine, or because of the port. */
const cannotListen = ({ host, port = 0 }: Config, cause: unknown) => {
  const code = stringOf(cause, "code")
  const inParentheses = code === "" ? "" : ` (${printable(code)})`
  const isHost = stringOf(cause, "syscall") === "getaddrinfo" || code === "EADDRNOTAVAIL"
  return isHost && host !== undefined
    ? unusable(
        `The emulator can't listen on the host ${printable(host)}${inParentheses}.`,
        "Give a name or an address of this machine as --host or in the settings, or leave it out for 127.0.0.1."
      )
    : unusable(
        `The emulator can't listen on port ${port}${inParentheses}.`,
        "Give another --port, or leave it out for a free one."
      )
}

const exitCodes = { SIGINT: ExitCode.stopped, SIGTERM: ExitCode.terminated, SIGHUP: ExitCode.hungUp }

/** After the first signal, the server finishes its requests. The next signal ends the process at once: no answered request is lost. */
const exitOnNextSignal = Effect.sync(() => {
  for (const signal of Struct.keys(exitCodes)) {
    process.prependListener(signal, () => process.exit(exitCodes[signal]))
  }
})

const openPage = Effect.fnUntraced(function* (pageUrl: Option.Option<string>) {
  if (Option.isSome(pageUrl)) return yield* Browser.open(pageUrl.value, process.platform)
  yield* Messages.warning("There is no page to open: the settings turn it off, or the host is not this machine.")
})

/**
 * Serves until it is interrupted. Prints the addresses at the start, and each SMS. After the interruption, one more signal ends
 * the process at once. Fails with `Unusable` when a setting can't be used, or when the server can't listen on the host or port.
 *
 * @param flags the flags
 * @param format the output format
 */
export const serve = Effect.fnUntraced(function* (flags: Flags, format: Output.Format) {
  const config = yield* makeConfig(flags)
  const print = (text: string, document: Output.Document) =>
    Output.isDocument(format) ? Output.writeNextDocument(document, format) : Output.write(text)
  const printSms = Effect.fnUntraced(function* ({ otp, phoneNumber }: Emulator.Sms) {
    const time = DateTime.formatIso(yield* DateTime.now).slice(11, 19)
    const code = Redacted.value(otp)
    const text = `${time} SMS to ${printable(phoneNumber)}: "Your code is ${code}"\n`
    yield* Effect.ignore(print(text, { sms: { phone_number: phoneNumber, otp: code } }))
  })

  yield* Effect.gen(function* () {
    const server = yield* EmulatorServer.EmulatorServer
    const emulator = yield* Emulator.Emulator
    yield* Effect.forkScoped(Stream.runForEach(emulator.smsSent, printSms), { startImmediately: true })
    yield* print(welcome(server, config.users, config.database !== undefined), {
      api_url: server.baseUrl,
      page_url: Option.getOrNull(server.pageUrl),
      control_url: server.controlUrl,
      tokens: config.users.map(({ authToken }) => Redacted.value(authToken)),
      fixed_otps: fixedOtpsOf(config.users)
    })
    if (flags.open) yield* Effect.forkScoped(openPage(server.pageUrl))
    yield* Effect.onInterrupt(Effect.never, () => exitOnNextSignal)
  }).pipe(
    Effect.scoped,
    Effect.provide(EmulatorConfig.layer(config)),
    Effect.catchTags({
      ServeError: ({ cause }) => Effect.fail(cannotListen(config, cause)),
      InvalidOption: (error) => Effect.fail(badOption(flags, error)),
      InvalidRule: ({ field, index, problem }) => Effect.fail(badFault(index, `${field}: ${problem}`))
    })
  )
})
