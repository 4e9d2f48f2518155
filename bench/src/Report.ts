/** Renders the results as Markdown tables. */
import { Array } from "effect"
import { figure, section, table } from "./Markdown.ts"
import { nameOf as name } from "./Peers.ts"
import type { Measured, Results } from "./Results.ts"
import { ratio, type Series } from "./Statistics.ts"
import { growth, standings, type Target } from "./Targets.ts"

const spread = (series: Series | undefined, scale = 1) =>
  series === undefined
    ? ""
    : `${figure(series.median / scale)} (${figure(series.min / scale)}-${figure(series.max / scale)})`

const share = (self: Series | undefined, other: Series | undefined) =>
  self === undefined || other === undefined ? "" : ratio(self, other).toFixed(2)

const kilobytes = (bytes: number | undefined) => (bytes === undefined ? "" : (bytes / 1000).toFixed(1))

const limit = ({ bound, limit, unit }: Target) =>
  [bound === "atMost" ? "at most" : "at least", limit.toLocaleString("en"), ...(unit === undefined ? [] : [unit])].join(
    " "
  )

/** Renders the targets of this project. They are for its maintainers, so the page for users leaves them out. */
export const targets = (results: Results): string =>
  section(
    "Targets",
    table(
      ["target", "limit", "measured"],
      standings(results).map(({ target, value }) => [
        target.label,
        limit(target),
        target.unit === undefined ? value.toFixed(2) : value.toLocaleString("en")
      ])
    )
  )

const stub = ({ noContent, success, unauthorized }: NonNullable<Results["stub"]>) =>
  section(
    "Without a network",
    "Microseconds a call, median (min-max); and our time as a share of the client's.",
    table(
      ["client", "200, ten codes", "401, typed", "204", "ours, 200", "ours, 401"],
      Object.keys(success).map((id) => [
        name(id),
        spread(success[id]),
        spread(unauthorized[id]),
        spread(noContent[id]),
        share(success["ours"], success[id]),
        share(unauthorized["ours"], unauthorized[id])
      ])
    )
  )

const onEffect3: Readonly<Record<string, string>> = {
  byHand: "HttpClient by hand",
  byHandSpans: "HttpClient by hand, spans",
  oursUntraced: "metal-otp, no tracer",
  ours: "metal-otp"
}

const effect3 = ({ success, unauthorized }: NonNullable<Results["effect3"]>) =>
  section(
    "On Effect 3, without a network",
    "`@metal-otp/effect3` beside the same by hand on Effect 3 and `@effect/platform`: microseconds a call, median (min-max).",
    table(
      ["client", "200, ten codes", "401, typed"],
      Object.keys(success).map((id) => [onEffect3[id] ?? id, spread(success[id]), spread(unauthorized[id])])
    )
  )

const loopback = ({ concurrent, sequential }: NonNullable<Results["loopback"]>) =>
  section(
    "Over loopback",
    "Requests a second, median (min-max); and ours at 64 as a multiple of the client's.",
    table(
      ["client", "on", "one at a time", "64 at once", "ours on Fetch", "ours on undici"],
      Object.keys(concurrent).map((id) => {
        const [peer = "", transport = ""] = id.split("/")
        return [
          name(peer),
          transport,
          spread(sequential[id]),
          spread(concurrent[id]),
          share(concurrent["ours/fetch"], concurrent[id]),
          share(concurrent["ours/undici"], concurrent[id])
        ]
      })
    )
  )

/** Bundles of our client that have no counterpart among the peers. */
const programs: Readonly<Record<string, string>> = {
  oursOneOperation: "metal-otp, one operation",
  oursPromise: "metal-otp, with the client of promises"
}

const sizes = ({ app, contents, programs: measured }: NonNullable<Results["sizes"]>) =>
  section(
    "Bundle",
    `Kilobytes (1000 bytes) of all four operations. The Effect app alone has ${kilobytes(app)} kB gzipped.`,
    table(
      ["client", "minified", "gzipped", "added to an Effect app, gzipped"],
      Object.entries(measured).map(([id, size]) => [
        programs[id] ?? name(id),
        kilobytes(size.minified),
        kilobytes(size.gzipped),
        size.increment === undefined ? "" : (size.increment / 1000).toFixed(2)
      ])
    ),
    "The largest of what ours adds to the Effect app, in minified bytes:",
    table(
      ["module", "bytes"],
      Array.take(contents, 15).map(({ bytes, module }) => [module, bytes.toLocaleString("en")])
    )
  )

const imports = (imported: NonNullable<Results["imports"]>) =>
  section(
    "Cold import",
    "The first import in a fresh process: milliseconds, median (min-max).",
    table(
      ["library", "time", "modules", "kB of source"],
      Object.entries(imported).map(([library, { bytes, milliseconds, modules }]) => [
        library,
        spread(milliseconds),
        String(modules),
        figure(bytes / 1000)
      ])
    )
  )

const heap = (measured: Measured) =>
  section(
    "Heap",
    "KiB for each pending call, with 10,000 in flight.",
    table(
      ["client", "KiB", "ours"],
      Object.entries(measured).map(([id, series]) => [
        name(id),
        (series.median / 1024).toFixed(2),
        share(measured["ours"], series)
      ])
    )
  )

const scaling = (measured: NonNullable<Results["scaling"]>) => {
  const levels = Object.keys(Object.values(measured)[0] ?? {})
  return section(
    "Many at once",
    "Microseconds a call by how many are made at once, and the largest as a multiple of the first.",
    table(
      ["client", ...levels.map((level) => Number(level).toLocaleString("en")), "growth"],
      Object.entries(measured).map(([id, at]) =>
        [name(id)].concat(
          levels.map((level) => spread(at[level])),
          growth(at)?.toFixed(2) ?? ""
        )
      )
    )
  )
}

const inMemoryNames: Record<string, string> = {
  findRecoveryCodes: "findRecoveryCodes, 200",
  receiveCodes: "receiveCodes, 204",
  findEnsureOtp: "findEnsureOtp, refused with 400",
  layers: "making the layers"
}

const inMemory = (measured: Measured) => {
  const hasBefore = Object.keys(measured).some((id) => id.startsWith("before/"))
  return section(
    "The emulator in memory",
    [
      "Microseconds of processor time, median (min-max), of the client's call on `EmulatorHttpClient.layer`, with the client's",
      "own part of it, and of making that layer and `Emulator.layer`."
    ].join(" "),
    table(
      ["what", "time", "the client's part", ...(hasBefore ? ["the version before", "of that"] : [])],
      Object.entries(inMemoryNames).map(([id, label]) => {
        const before = measured[`before/${id}`]
        const cells = [label, spread(measured[id]), spread(measured[`client/${id}`])]
        return hasBefore ? cells.concat(spread(before), share(measured[id], before)) : cells
      })
    )
  )
}

const conditions = ({ date, machine, quick, versions }: Results) =>
  [
    `${date}, Node ${machine.node}, ${machine.cores} cores (${machine.cpu}).`,
    `${Object.entries(versions)
      .map(([library, version]) => `${library} ${version}`)
      .join(", ")}.`,
    ...(quick ? ["A quick run: few samples."] : [])
  ].join(" ")

const ifRun = <A>(part: A | undefined, tell: (part: A) => string) => (part === undefined ? [] : [tell(part)])

/** Renders all results of a run. */
export const markdown = (results: Results): string =>
  [
    conditions(results),
    ...ifRun(results.stub, stub),
    ...ifRun(results.effect3, effect3),
    ...ifRun(results.loopback, loopback),
    ...ifRun(results.sizes, sizes),
    ...ifRun(results.imports, imports),
    ...ifRun(results.heap, heap),
    ...ifRun(results.scaling, scaling),
    ...ifRun(results.inMemory, inMemory)
  ].join("\n\n")
