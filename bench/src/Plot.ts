/** The results as bar charts: one SVG, light or dark as the reader's system is. */
import { Record } from "effect"
import { nameOf, type Transport } from "./Peers.ts"
import type { Measured, Results } from "./Results.ts"
import { growth } from "./Targets.ts"

interface Bar {
  readonly label: string
  readonly value: number
  /** Of what was measured again and again. */
  readonly spread?: readonly [min: number, max: number]
  readonly ours: boolean
}

interface Panel {
  readonly title: string
  readonly unit: string
  readonly bars: ReadonlyArray<Bar>
  /** Whose scale this panel shares, besides its own bars. */
  readonly beside?: ReadonlyArray<Bar>
}

const style = `
  svg { --surface: #ffffff; --ink: #1f2328; --muted: #59636e; --bar: #b6bfc9; --ours: #0a69b6; --rule: #59636e }
  @media (prefers-color-scheme: dark) {
    svg { --surface: #0d1117; --ink: #e6edf3; --muted: #9198a1; --bar: #4a525c; --ours: #4aa3f0; --rule: #c9d1d9 }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--ink) }
  .title { font-weight: 600; font-size: 14px }
  .unit, .value { fill: var(--muted) }
  .surface { fill: var(--surface) }
  .bar { fill: var(--bar) }
  .ours { fill: var(--ours) }
  text.ours { fill: var(--ink); font-weight: 600 }
  .spread { stroke: var(--rule); stroke-width: 1 }
`

const panelWidth = 460
const margin = 20
const labelWidth = 170
const barWidth = panelWidth - labelWidth - 2 * margin - 60
const headHeight = 56
const rowHeight = 22

/** Of a client's id, with a transport or without. */
const peerOf = (id: string) => id.split("/")[0] ?? id

const isOurs = (id: string) => peerOf(id).startsWith("ours")

const measured = (all: Measured, scale = 1): ReadonlyArray<Bar> =>
  Object.entries(all).map(([id, { max, median, min }]) => ({
    label: nameOf(peerOf(id)),
    value: median / scale,
    spread: [min / scale, max / scale],
    ours: isOurs(id)
  }))

const sizes = ({ programs }: NonNullable<Results["sizes"]>): ReadonlyArray<Bar> =>
  Object.entries(programs).flatMap(([id, { gzipped, increment }]) =>
    id === "oursOneOperation"
      ? []
      : [
          {
            label: increment === undefined ? nameOf(id) : `${nameOf(id)}, added`,
            value: (increment ?? gzipped) / 1000,
            ours: isOurs(id)
          }
        ]
  )

const imports = (imported: NonNullable<Results["imports"]>): ReadonlyArray<Bar> =>
  Object.entries(imported).map(([library, { milliseconds }]) => ({
    label: library,
    value: milliseconds.median,
    spread: [milliseconds.min, milliseconds.max],
    ours: library.startsWith(nameOf("ours"))
  }))

/** The clients on a transport, in thousands of requests a second. */
const requests = (loopback: Results["loopback"], transport: Transport) =>
  measured(
    Record.filter(loopback?.concurrent ?? {}, (_, id) => id.endsWith(`/${transport}`)),
    1000
  )

const growths = (scaling: Results["scaling"]): ReadonlyArray<Bar> =>
  Object.entries(scaling ?? {}).map(([id, levels]) => ({
    label: nameOf(id),
    value: growth(levels) ?? 0,
    ours: isOurs(id)
  }))

const panels = ({ heap, imports: imported, loopback, scaling, sizes: measuredSizes, stub }: Results) => {
  const [onFetch, onUndici] = [requests(loopback, "fetch"), requests(loopback, "undici")]
  const all: ReadonlyArray<Panel> = [
    {
      title: "No network, 200 with ten codes",
      unit: "microseconds a call: less is better",
      bars: measured(stub?.success ?? {})
    },
    { title: "No network, 401", unit: "microseconds a call: less is better", bars: measured(stub?.unauthorized ?? {}) },
    {
      title: "Over loopback on Fetch, 64 at once",
      unit: "thousand requests a second: more is better",
      bars: onFetch,
      beside: onUndici
    },
    {
      title: "Over loopback on undici, 64 at once",
      unit: "thousand requests a second: more is better",
      bars: onUndici,
      beside: onFetch
    },
    {
      title: "Heap of a pending call, 10,000 in flight",
      unit: "KiB: less is better",
      bars: measured(heap ?? {}, 1024)
    },
    {
      title: "Bundle of all four operations, gzipped",
      unit: "kB; of those on Effect, what they add to an Effect app",
      bars: measuredSizes === undefined ? [] : sizes(measuredSizes)
    },
    { title: "Cold import", unit: "milliseconds", bars: imported === undefined ? [] : imports(imported) },
    {
      title: "A call among 1 to 10,000 at once",
      unit: "its time at the most, as a multiple of that alone",
      bars: growths(scaling)
    }
  ]
  return all.filter(({ bars }) => bars.length > 0)
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const shown = (value: number) => new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(value)

const row = ({ label, ours, spread, value }: Bar, index: number, full: number): string => {
  const top = headHeight + index * rowHeight
  const x = (value: number) => (margin + labelWidth + (value / full) * barWidth).toFixed(1)
  const middle = top + 9
  const emphasis = ours ? " ours" : ""
  const end = x(Math.max(value, spread?.[1] ?? 0))
  return [
    `<text class="label${emphasis}" x="${margin + labelWidth - 8}" y="${top + 13}" text-anchor="end">${escaped(label)}</text>`,
    `<rect class="bar${emphasis}" x="${x(0)}" y="${top + 2}" width="${((value / full) * barWidth).toFixed(1)}" height="14" rx="2"/>`,
    ...(spread === undefined
      ? []
      : [`<line class="spread" x1="${x(spread[0])}" y1="${middle}" x2="${x(spread[1])}" y2="${middle}"/>`]),
    `<text class="value${emphasis}" x="${Number(end) + 6}" y="${top + 13}">${shown(value)}</text>`
  ].join("\n")
}

const panel = ({ bars, beside = [], title, unit }: Panel): string => {
  const full = Math.max(...[...bars, ...beside].map(({ spread, value }) => Math.max(value, spread?.[1] ?? 0)))
  return [
    `<text class="title" x="${margin}" y="${margin + 4}">${escaped(title)}</text>`,
    `<text class="unit" x="${margin}" y="${margin + 21}">${escaped(unit)}</text>`,
    ...bars.map((bar, index) => row(bar, index, full))
  ].join("\n")
}

const heightOf = (panel: Panel | undefined) => (panel === undefined ? 0 : headHeight + panel.bars.length * rowHeight)

/** All parts that a run has, two beside each other. */
export const svg = (results: Results): string => {
  const all = panels(results)
  let y = 0
  const placed: Array<string> = []
  for (let index = 0; index < all.length; index += 2) {
    const pair = all.slice(index, index + 2)
    for (const [column, one] of pair.entries()) {
      placed.push(`<g transform="translate(${column * panelWidth} ${y})">\n${panel(one)}\n</g>`)
    }
    y += Math.max(...pair.map(heightOf)) + margin
  }
  const [width, height] = [2 * panelWidth, y + margin]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    "<title>metal-otp beside its peers</title>",
    `<desc>Medians as bars, minimum to maximum as lines, of the run of ${results.date}. The numbers are in benchmarks.md.</desc>`,
    `<style>${style}</style>`,
    `<rect class="surface" width="${width}" height="${height}"/>`,
    ...placed,
    "</svg>",
    ""
  ].join("\n")
}
