/**
 * What `metal-otp emulator` runs: the emulator's server, with its SMS on the
 * terminal.
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
import * as Output from "./Output.ts"
import { printable } from "./Printable.ts"
import * as Screen from "./Screen.ts"
import * as Program from "./Program.ts"

type Token = Redacted.Redacted<string>

type Config = EmulatorConfig.Options

/** What the flags said. Each comes before the file's setting of the same meaning. */
export interface Options {
  /** 0 for a free one. */
  readonly port: Option.Option<number>
  /** The address to listen on. */
  readonly host: Option.Option<string>
  /** The users' tokens. Without any here and in the file, there is one user with a random token. */
  readonly user: ReadonlyArray<Token>
  /** Fixed codes of users, as they were typed: a name, `=` and 6 digits. */
  readonly otp: ReadonlyArray<Token>
  /** Where all codes and secrets are drawn from. Left out, from chance. */
  readonly seed: Option.Option<string>
  /** The rules of what is to go wrong, as they were typed. */
  readonly fault: ReadonlyArray<string>
  /** Where the state is kept. Left out, it is forgotten. */
  readonly database: Option.Option<string>
  /** The emulator's own configuration file. */
  readonly settings: Option.Option<string>
  /** Whether the page is to be opened in the browser. */
  readonly open: boolean
}

const unusable = (what: string) => new Unusable({ report: { what, happened: "The emulator was not started." } })

const readFile = (path: string) =>
  EmulatorConfig.read(path).pipe(
    Effect.catchTags({
      PlatformError: () => Effect.fail(unusable(`${path} can't be read.`)),
      InvalidOption: ({ message }) => Effect.fail(unusable(`${path} can't be used: ${printable(message)}`))
    })
  )

const fault = (index: number, problem: string) =>
  unusable(`--fault number ${index + 1} can't be used: ${printable(problem)}.`)

/** A rule is read as it is in the file. */
const readRule = (text: string, index: number) =>
  Effect.mapError(EmulatorConfig.parseRule(text), ({ option, problem }) =>
    fault(index, option === "rule" ? problem : `${option}: ${problem}`)
  )

const decodePort = Schema.decodeUnknownOption(EmulatorServer.Options.fields.port)

/**
 * A port as it is typed. None for what is no port to the server.
 *
 * @param text what the user typed
 */
export const portOf = (text: string): Option.Option<number> =>
  /^\d+$/.test(text) ? decodePort(Number(text)) : Option.none()

/** What can't be used, by the flag that said it if it was one. */
const badOption = ({ database, user }: Options, { message, option, problem }: InvalidOption.InvalidOption) => {
  const token = user.findIndex((_, index) => option === `users[${index}].authToken`)
  if (token !== -1) return unusable(`--user number ${token + 1} can't be used: ${printable(problem)}.`)
  return Option.isSome(database) && option === "database.filename"
    ? unusable(`--database can't be used: ${printable(problem)}.`)
    : unusable(printable(message))
}

type Users = Config["users"]

/** As the emulator calls those that have no name. */
const nameOf = ({ name }: Users[number], index: number) => name ?? `user-${index + 1}`

/** A name may have a `=` in it, and a code has none. */
const readFixed = Effect.fnUntraced(function* (typed: Token, index: number, users: Users) {
  const [, name, otp] = /^(.+)=(\d{6})$/s.exec(Redacted.value(typed)) ?? []
  const refused = (problem: string) => unusable(`--otp number ${index + 1} can't be used: ${problem}.`)
  if (name === undefined || otp === undefined) {
    return yield* refused("it is not the name of a user and 6 digits, such as user-1=123456")
  }
  const names = users.map(nameOf)
  if (!names.includes(name)) return yield* refused(`there is no such user, but ${names.map(printable).join(", ")}`)
  return [name, Redacted.make(otp)] as const
})

/** The users with the codes that flags give them. */
const withFixed = Effect.fnUntraced(function* (users: Users, flags: Options["otp"]) {
  const fixed = new Map(yield* Effect.forEach(flags, (flag, index) => readFixed(flag, index, users)))
  return users.map((user, index) => {
    const otp = fixed.get(nameOf(user, index))
    return otp === undefined ? user : { ...user, otp }
  })
})

const configuration = Effect.fnUntraced(function* (options: Options) {
  const file: Config = Option.isSome(options.settings) ? yield* readFile(options.settings.value) : { users: [] }
  const rules = yield* Effect.forEach(options.fault, readRule)
  const given = options.user.length === 0 ? file.users : options.user.map((authToken) => ({ authToken }))
  const users = given.length === 0 ? [{ authToken: Redacted.make(`emulator-${crypto.randomUUID()}`) }] : given
  return {
    ...file,
    port: Option.getOrElse(options.port, () => file.port),
    host: Option.getOrElse(options.host, () => file.host),
    seed: Option.getOrElse(options.seed, () => file.seed),
    ...Option.match(options.database, {
      onNone: () => ({}),
      onSome: (filename) => ({ database: { ...file.database, filename } })
    }),
    ...(rules.length === 0 ? {} : { faults: { ...file.faults, rules } }),
    users: yield* withFixed(users, options.otp)
  }
})

type Address = EmulatorServer.EmulatorServer["Service"]

/** Those whose code is the same in every SMS. */
const fixedOf = (users: Users) =>
  users.flatMap((user, index) =>
    user.otp === undefined ? [] : [{ user: nameOf(user, index), otp: Redacted.value(user.otp) }]
  )

const welcome = ({ baseUrl, controlUrl, pageUrl }: Address, users: Users, kept: boolean) => {
  const [token = "", ...others] = users.map(({ authToken }) => Redacted.value(authToken))
  return [
    `The emulator listens at ${baseUrl}`,
    ...Option.match(pageUrl, { onNone: () => [], onSome: (url) => [`Its page is at ${url}`] }),
    `Tests ask it for codes at ${controlUrl}`,
    "",
    "In another terminal:",
    "",
    `  export METAL_API_URL=${baseUrl}`,
    `  export METAL_AUTH_TOKEN='${token.replaceAll("'", `'\\''`)}'`,
    `  ${Program.name} sms send`,
    `  ${Program.name} verify`,
    "",
    ...(others.length === 0 ? [] : [`More tokens: ${others.map(printable).join("  ")}`, ""]),
    ...fixedOf(users).map(({ otp, user }) => `Every SMS to ${printable(user)} has the fixed code ${otp}.`),
    `SMS arrive here. Ctrl-C stops the emulator${kept ? "" : ", and it forgets everything"}.`,
    "",
    ""
  ].join("\n")
}

const stringOf = (cause: unknown, name: "code" | "syscall") => {
  const value: unknown = Predicate.hasProperty(cause, name) ? cause[name] : undefined
  return Predicate.isString(value) ? value : ""
}

/** What can't be listened on: an address that is none of this machine's, or its port. */
const notListening = ({ host, port = 0 }: Config, cause: unknown) => {
  const code = stringOf(cause, "code")
  const told = code === "" ? "" : ` (${printable(code)})`
  const isHost = stringOf(cause, "syscall") === "getaddrinfo" || code === "EADDRNOTAVAIL"
  return new Unusable({
    report:
      isHost && host !== undefined
        ? {
            what: `The emulator can't listen on the host ${printable(host)}${told}.`,
            next: "Give another --host, or another in the settings: a name or an address of this machine, or none for 127.0.0.1."
          }
        : {
            what: `The emulator can't listen on port ${port}${told}.`,
            next: "Give another --port, or none for a free one."
          }
  })
}

const exitCodes = { SIGINT: ExitCode.stopped, SIGTERM: ExitCode.terminated, SIGHUP: ExitCode.hungUp }

/** The first signal lets requests under way end. Who sends a second does not want to wait; all that was answered is kept. */
const endAtNextSignal = Effect.sync(() => {
  for (const signal of Struct.keys(exitCodes)) {
    process.prependListener(signal, () => process.exit(exitCodes[signal]))
  }
})

const openPage = Effect.fnUntraced(function* (pageUrl: Option.Option<string>) {
  if (Option.isSome(pageUrl)) return yield* Browser.open(pageUrl.value, process.platform)
  yield* Screen.warning("There is no page to open: the settings turn it off, or the host is not this machine.")
})

/**
 * Serves until it is interrupted, and says where, and what SMS it sends. What
 * keeps the page from being opened is told, and the server goes on. Once it is
 * interrupted, one more signal ends the process at once. Fails with `Unusable`
 * when a setting can't work, or the host or the port can't be had.
 *
 * @param options the flags
 * @param format the shape of what it says
 */
export const serve = Effect.fnUntraced(function* (options: Options, format: Output.Format) {
  const config = yield* configuration(options)
  const say = (text: string, data: Output.Result["data"]) =>
    Output.write(format === "json" || format === "yaml" ? Output.render({ data, columns: [], rows: [] }, format) : text)
  const tell = Effect.fnUntraced(function* ({ otp, phoneNumber }: Emulator.Sms) {
    const time = DateTime.formatIso(yield* DateTime.now).slice(11, 19)
    const code = Redacted.value(otp)
    const text = `${time} SMS to ${printable(phoneNumber)}: "Your code is ${code}"\n`
    yield* Effect.ignore(say(text, { sms: { phone_number: phoneNumber, otp: code } }))
  })

  yield* Effect.gen(function* () {
    const server = yield* EmulatorServer.EmulatorServer
    const emulator = yield* Emulator.Emulator
    const telling = Stream.runForEach(emulator.smsSent, tell)
    yield* Effect.forkScoped(telling, { startImmediately: true })
    yield* say(welcome(server, config.users, config.database !== undefined), {
      api_url: server.baseUrl,
      page_url: Option.getOrNull(server.pageUrl),
      control_url: server.controlUrl,
      tokens: config.users.map(({ authToken }) => Redacted.value(authToken)),
      fixed_otps: fixedOf(config.users)
    })
    if (options.open) yield* Effect.forkScoped(openPage(server.pageUrl))
    yield* Effect.onInterrupt(Effect.never, () => endAtNextSignal)
  }).pipe(
    Effect.scoped,
    Effect.provide(EmulatorConfig.layer(config)),
    Effect.catchTag("ServeError", ({ cause }) => Effect.fail(notListening(config, cause))),
    Effect.catchTag("InvalidOption", (error) => Effect.fail(badOption(options, error))),
    Effect.catchTag("InvalidRule", ({ field, index, problem }) => Effect.fail(fault(index, `${field}: ${problem}`)))
  )
})
