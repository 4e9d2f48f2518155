import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Arr from "effect/Array"
import * as ByteSize from "effect/ByteSize"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Sse from "effect/encoding/Sse"
import * as FileSystem from "effect/FileSystem"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpPlatform from "effect/http/HttpPlatform"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Match from "effect/Match"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { fileURLToPath } from "node:url"
import type { Service as Faults } from "../../Faults.ts"
import type { App, Change, View, Whose } from "../../View.ts"
import { errorResponse, notFound } from "../replies.ts"
import { firstProblem } from "../problems.ts"
import { RuleText } from "../faultRules.ts"
import { folder } from "./folder.ts"
import type { Hosts } from "../hosts.ts"
import * as guard from "./guard.ts"
import type { Section } from "./json.ts"
import * as reveal from "./reveal.ts"

const browserFile = (name: string) => fileURLToPath(new URL(name, folder))

const missing = errorResponse(404, "The files of the page are not where the package has them")

const file = (path: HttpRouter.PathInput, name: string, contentType: string) =>
  Layer.unwrap(
    Effect.map(FileSystem.FileSystem, (fs) => {
      const read = Effect.map(fs.readFileString(browserFile(name)), (text) =>
        HttpServerResponse.text(text, { contentType })
      )
      return HttpRouter.add(
        "GET",
        path,
        Effect.catch(read, () => Effect.succeed(missing))
      )
    })
  )

const scripts = ["page", "dom", "live", "filter", "messages", "users", "requests", "faults"] as const

const script = (name: string) => file(`/assets/${name}.js`, `${name}.js`, "text/javascript; charset=utf-8")

/** Only what holds no secret: its length would tell of it. */
const compressed = HttpRouter.middleware(
  Effect.map(
    HttpPlatform.HttpPlatform,
    (platform) => (httpEffect) =>
      Effect.provideService(HttpMiddleware.compression()(httpEffect), HttpPlatform.HttpPlatform, platform)
  )
).layer

const files = Layer.mergeAll(
  file("/", "page.html", "text/html; charset=utf-8"),
  file("/assets/page.css", "page.css", "text/css; charset=utf-8"),
  file("/assets/sections.css", "sections.css", "text/css; charset=utf-8"),
  file("/assets/icon.svg", "icon.svg", "image/svg+xml"),
  Layer.mergeAll(...Arr.map(scripts, script))
).pipe(Layer.provide(compressed), Layer.provide(NodeFileSystem.layer))

const json = Effect.map(HttpServerResponse.jsonUnsafe)

const done = Effect.as(HttpServerResponse.empty())

const Search = Schema.Struct({
  offset: Schema.optionalKey(Schema.NumberFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0))),
  search: Schema.optionalKey(Schema.String)
})

/** What is asked for, of the users that are searched for. */
const answer = <A>(reveal: (options: typeof Search.Type) => Effect.Effect<A>) =>
  HttpServerRequest.schemaSearchParams(Search).pipe(
    Effect.flatMap((options) => json(reveal(options))),
    Effect.catchTag("SchemaError", () => Effect.succeed(errorResponse(400, "offset is not a whole number")))
  )

const requestSecrets = Effect.fnUntraced(function* (emulator: View) {
  const { id } = yield* HttpRouter.params
  const found = (yield* emulator.requests).find((request) => String(request.id) === id)
  return found === undefined ? notFound : HttpServerResponse.jsonUnsafe(reveal.requestSecrets(found))
})

/** Clears what the page shows: all, or what is of the users that are searched for. */
const clear = (of: (whose: Whose) => Effect.Effect<void>) =>
  HttpServerRequest.schemaSearchParams(Search).pipe(
    Effect.flatMap(({ search }) => of({ search })),
    done,
    Effect.catchTag("SchemaError", () => Effect.succeed(errorResponse(400, "search is given twice")))
  )

const named = HttpServerRequest.schemaSearchParams(Schema.Struct({ name: Schema.String }))

const appOf = (emulator: View, show: (app: App) => HttpServerResponse.HttpServerResponse) =>
  named.pipe(
    Effect.flatMap(({ name }) => emulator.user(name)),
    Effect.map((user) => (Option.isNone(user) || user.value.app === null ? notFound : show(user.value.app))),
    Effect.catchTag("SchemaError", () => Effect.succeed(notFound))
  )

const qrCode = (app: App) => HttpServerResponse.text(reveal.qrCode(app), { contentType: "image/svg+xml" })

const enrolment = (app: App) => HttpServerResponse.jsonUnsafe(reveal.enrolment(app))

const unlock = (emulator: View) =>
  named.pipe(
    Effect.flatMap(({ name }) => emulator.unlock(name)),
    done,
    Effect.catchTag("SchemaError", () => Effect.succeed(notFound))
  )

/** More than any list of rules that somebody sets by hand. */
const maxRules = ByteSize.kibibytes(256)

const newRules = HttpServerRequest.schemaBodyJson(Schema.Struct({ rules: Schema.Array(RuleText) }), {
  onExcessProperty: "error"
}).pipe(Effect.provideService(HttpIncomingMessage.MaxBodySize, maxRules))

const setFaults = (faults: Faults) =>
  Effect.gen(function* () {
    if (!guard.isJson(yield* HttpServerRequest.HttpServerRequest)) return errorResponse(415, "The body is not JSON")
    const { rules } = yield* newRules
    yield* faults.set(rules)
    return HttpServerResponse.empty()
  }).pipe(
    Effect.catchTags({
      InvalidRule: ({ message }) => Effect.succeed(errorResponse(400, message)),
      SchemaError: (error) => {
        const { path, problem } = firstProblem(error)
        return Effect.succeed(errorResponse(400, `${path === "" ? "The body" : path}: ${problem}.`))
      },
      HttpServerError: ({ reason }) =>
        Effect.succeed(
          reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
            ? errorResponse(413, "The body has more than 256 KiB")
            : errorResponse(400, "The body can't be read")
        )
    })
  )

const sectionsOf = (change: Change): ReadonlyArray<Section> =>
  Match.valueTags(change, {
    // A code that is used up changes how its message is shown.
    UserChanged: (): ReadonlyArray<Section> => ["users", "outbox"],
    SmsSent: (): ReadonlyArray<Section> => ["outbox"],
    UserAdded: (): ReadonlyArray<Section> => ["users"],
    UserRemoved: (): ReadonlyArray<Section> => ["users"],
    ClockChanged: (): ReadonlyArray<Section> => ["users", "outbox"],
    Reset: (): ReadonlyArray<Section> => ["users", "outbox", "requests"],
    OutboxCleared: (): ReadonlyArray<Section> => ["outbox"],
    RequestsCleared: (): ReadonlyArray<Section> => ["requests"],
    RequestServed: ({ request }): ReadonlyArray<Section> =>
      request.fault === null ? ["requests"] : ["requests", "faults"]
  })

/** What the page is made with. */
export interface Options {
  readonly emulator: View
  readonly faults: Faults
  readonly hosts: Hosts
  /** The server waits for requests under way before it closes, and the stream of changes has no end of its own. */
  readonly closing: Deferred.Deferred<void>
}

const reconnect = Sse.encoder.write(new Sse.Retry({ duration: Duration.seconds(1), lastEventId: undefined }))

/**
 * The sections that have changed, and none of what is in them. A reader that
 * falls behind is told of all its sections at once.
 */
const changedSections = Effect.fnUntraced(function* ({ emulator, faults }: Options) {
  const changed = new Set<Section>()
  const bell = yield* Queue.sliding<void>(1)
  const tell = (sections: ReadonlyArray<Section>) =>
    Effect.suspend(() => {
      for (const section of sections) changed.add(section)
      return Queue.offer(bell, undefined)
    })
  const watch = <A>(changes: Stream.Stream<A>, sectionsOf: (change: A) => ReadonlyArray<Section>) =>
    Effect.forkScoped(
      Stream.runForEachArray(changes, (changes) => tell(changes.flatMap(sectionsOf))),
      // It watches when this returns: what changes after the first event is told.
      { startImmediately: true }
    )
  yield* watch(emulator.changes, sectionsOf)
  yield* watch(faults.changes, () => ["faults"])
  yield* tell(["outbox", "users", "requests", "faults"])
  return Stream.map(Stream.fromQueue(bell), () => {
    const sections = Array.from(changed)
    changed.clear()
    return sections
  })
})

const events = (options: Options) =>
  HttpServerResponse.stream(
    Stream.unwrap(changedSections(options)).pipe(
      Stream.filter((sections) => sections.length > 0),
      Stream.map((sections) =>
        Sse.encoder.write({ _tag: "Event", event: "message", id: undefined, data: sections.join(" ") })
      ),
      (changes) => Stream.concat(Stream.make(reconnect), changes),
      Stream.interruptWhen(Deferred.await(options.closing)),
      Stream.encodeText
    ),
    { contentType: "text/event-stream", headers: { connection: "close" } }
  )

/**
 * The page at `/`, and what it reads and sets below `/_emulator`.
 *
 * @param options what it shows, and to whom
 */
export const page = (options: Options) => {
  const { emulator, faults, hosts } = options
  const guarded = HttpRouter.middleware((httpEffect) =>
    HttpServerRequest.HttpServerRequest.pipe(
      Effect.flatMap((request) => {
        const refused = guard.refusal(request, hosts)
        return refused === undefined ? httpEffect : Effect.succeed(refused)
      }),
      Effect.map(HttpServerResponse.setHeaders(guard.headers))
    )
  ).layer
  return Layer.mergeAll(
    files,
    HttpRouter.add(
      "GET",
      "/_emulator/outbox",
      answer(({ search = "" }) => reveal.outbox(emulator, search))
    ),
    HttpRouter.add("DELETE", "/_emulator/outbox", clear(emulator.clearOutbox)),
    HttpRouter.add(
      "GET",
      "/_emulator/users",
      answer((options) => reveal.users(emulator, options))
    ),
    HttpRouter.add("DELETE", "/_emulator/locks", unlock(emulator)),
    HttpRouter.add("GET", "/_emulator/qr.svg", appOf(emulator, qrCode)),
    HttpRouter.add("GET", "/_emulator/enrolment", appOf(emulator, enrolment)),
    HttpRouter.add(
      "GET",
      "/_emulator/requests",
      answer(({ search = "" }) => reveal.requests(emulator, search))
    ),
    HttpRouter.add("DELETE", "/_emulator/requests", clear(emulator.clearRequests)),
    HttpRouter.add("GET", "/_emulator/requests/:id", requestSecrets(emulator)),
    HttpRouter.add("GET", "/_emulator/faults", json(reveal.faults(faults))),
    HttpRouter.add("POST", "/_emulator/faults", setFaults(faults)),
    HttpRouter.add("GET", "/_emulator/events", events(options))
  ).pipe(Layer.provide(guarded))
}
