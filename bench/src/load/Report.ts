/** Renders runs under load, and their targets, as Markdown tables. */
import { Array } from "effect"
import { figure, section, table } from "../Markdown.ts"
import { median } from "../Statistics.ts"
import type { Usage } from "./Messages.ts"
import { kinds, shareOf } from "./Mix.ts"
import { collectedAt, type LoadResults, type Run, type Sample, type Spread } from "./Results.ts"

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)

/** The medians of a figure in each third of the run, without the warm-up. */
const thirds = ({ samples, seconds, warmUp }: Run, of: (usage: Usage) => number) =>
  [0, 1, 2].map((third) => {
    const from = warmUp + (third * seconds) / 3
    return median(samples.flatMap(({ at, usage }) => (at >= from && at < from + seconds / 3 ? [of(usage)] : [])))
  })

/** The last third as a multiple of the second. */
const growth = (run: Run, of: (usage: Usage) => number) => {
  const [, second = Number.NaN, last = Number.NaN] = thirds(run, of)
  return last / second
}

/** The memory after the garbage collection at the end of the warm-up. */
const warm = (run: Run, of: (usage: Usage) => number) => {
  const sample = run.samples[collectedAt(run) - 1]
  return sample === undefined ? Number.NaN : of(sample.usage)
}

const rss = (usage: Usage) => usage.rss
const heapUsed = (usage: Usage) => usage.heapUsed

const errorsOf = ({ driven }: Run) => Array.reduce(Object.values(driven.errors), 0, (sum, count) => sum + count)

const maxGrowth = 1.1

const verdict = (reached: boolean) => (reached ? "reached" : "missed")

const targetsOf = (run: Run) => {
  const rate = Math.round(run.driven.replies / run.seconds)
  const errors = errorsOf(run)
  const grown = [growth(run, rss), heapUsed(run.kept.after) / warm(run, heapUsed)] as const
  return table(
    ["target", "limit", "measured", "verdict"],
    [
      [
        "right replies a second",
        `at least ${run.rate.toLocaleString("en")}`,
        rate.toLocaleString("en"),
        verdict(rate >= run.rate)
      ],
      ["errors", "at most 0", errors.toLocaleString("en"), verdict(errors === 0)],
      ["RSS: last third, of the second's", `at most ${maxGrowth}`, grown[0].toFixed(3), verdict(grown[0] <= maxGrowth)],
      [
        "heap after a collection: at the end, of that after the warm-up",
        `at most ${maxGrowth}`,
        grown[1].toFixed(3),
        verdict(grown[1] <= maxGrowth)
      ]
    ]
  )
}

const spread = ({ max, median, p99 }: Spread) => [figure(median), figure(p99), figure(max)]

const latencies = ({ driven }: Run) => [
  "Milliseconds from when a request was due to the end of its reply.",
  table(
    ["request", "share", "requests", "median", "p99", "max"],
    [
      ...driven.kinds.map(({ kind, latency, requests }) => [
        kinds[kind].label,
        `${shareOf(kind)} %`,
        requests.toLocaleString("en"),
        ...spread(latency)
      ]),
      ["all", "", "", ...spread(driven.latency)],
      ["of which the driver was late", "", "", ...spread(driven.late)]
    ]
  )
]

/** The processor time between two samples, as a number of cores. */
const cores = (from: Sample, to: Sample) => (to.usage.cpu - from.usage.cpu) / 1e6 / (to.at - from.at)

const every = 5

const memory = (run: Run) => {
  const { kept, samples, warmUp } = run
  const shown = samples.filter((_, index) => (index + 1) % every === 0)
  const row = (title: string, of: (usage: Usage) => number) => [
    title,
    megabytes(of(kept.before)),
    megabytes(warm(run, of)),
    megabytes(of(kept.after)),
    ...thirds(run, of).map(megabytes)
  ]
  return [
    "Megabytes: after a collection before the warm-up, at its end, and after the last reply; and the medians of the three thirds.",
    table(
      ["", "before", "warm", "at the end", "first third", "second", "last"],
      [row("RSS", rss), row("used heap", heapUsed)]
    ),
    `Every ${every} seconds from the warm-up on, of which the first ${warmUp} do not count:`,
    table(
      ["second", "RSS", "used heap", "whole heap", "cores"],
      shown.map((sample, index) => {
        const before = shown[index - 1]
        const { heapTotal, heapUsed, rss } = sample.usage
        return [
          String(Math.round(sample.at)),
          megabytes(rss),
          megabytes(heapUsed),
          megabytes(heapTotal),
          before === undefined ? "" : cores(before, sample).toFixed(2)
        ]
      })
    )
  ]
}

const errors = ({ driven }: Run) => {
  const entries = Object.entries(driven.errors)
  if (entries.length === 0) return []
  return [
    table(
      ["error", "times"],
      entries.map(([what, times]) => [what, times.toLocaleString("en")])
    )
  ]
}

const conditions = ({ date, loadAverage, machine, rate, seconds, users, warmUp }: Run) =>
  [
    `${date}, Node ${machine.node}, ${machine.cores} cores (${machine.cpu}), load average before: ${loadAverage.toFixed(1)}.`,
    `${users.toLocaleString("en")} users, ${rate.toLocaleString("en")} requests a second, ${warmUp} + ${seconds} seconds.`
  ].join(" ")

const titles = { memory: "In memory", sqlite: "In a SQLite file" }

const replies = (run: Run) =>
  `Right replies a second: ${Math.round(run.driven.replies / run.seconds).toLocaleString("en")}. Errors: ${errorsOf(run).toLocaleString("en")}.`

const ofRun = (store: keyof LoadResults, run: Run) =>
  section(titles[store], conditions(run), replies(run), ...errors(run), ...latencies(run), ...memory(run))

/** Renders the runs with all stores. */
export const markdown = ({ memory, sqlite }: LoadResults): string =>
  [
    ...(memory === undefined ? [] : [ofRun("memory", memory)]),
    ...(sqlite === undefined ? [] : [ofRun("sqlite", sqlite)])
  ].join("\n\n")

/** Renders the targets of this project. They are for its maintainers, so the page for users leaves them out. */
export const targets = ({ memory, sqlite }: LoadResults): string =>
  [memory, sqlite].flatMap((run) => (run === undefined ? [] : [targetsOf(run)])).join("\n\n")
