/** Renders a run, and its targets, as Markdown tables. */
import { figure, section, table } from "../Markdown.ts"
import { ratio, type Series } from "../Statistics.ts"
import type { ServiceResults } from "./Results.ts"
import type { Id } from "./Servers.ts"

const names: Record<Id, string> = {
  ours: "metal-otp emulator",
  constant: "the same `HttpApi`, constant handlers",
  prism: "Prism, mocking the API's text",
  jsonServer: "json-server",
  nodeHttp: "`node:http` by hand"
}

const spread = ({ max, median, min }: Series) => `${figure(median)} (${figure(min)}-${figure(max)})`

const targetsOf = ({ throughput, waiting }: ServiceResults) => [
  { label: "requests a second: of constant handlers", limit: 0.85, value: ratio(throughput.ours, throughput.constant) },
  { label: "requests a second: of Prism", limit: 5, value: ratio(throughput.ours, throughput.prism) },
  { label: "median wait for a code, milliseconds", atMost: true, limit: 5, value: waiting.median }
]

const isReached = ({ atMost = false, limit, value }: ReturnType<typeof targetsOf>[number]) =>
  atMost ? value <= limit : value >= limit

/** Renders all results of a run. */
export const markdown = (results: ServiceResults): string => {
  const { date, loadAverage, machine, ready, throughput, versions, waiting } = results
  const ids: ReadonlyArray<Id> = ["ours", "constant", "prism", "jsonServer", "nodeHttp"]
  return section(
    "Compared with other servers for tests",
    [
      `${date}, Node ${machine.node}, ${machine.cores} cores (${machine.cpu}), load average before: ${loadAverage.toFixed(1)}.`,
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(", ")
    ].join(" "),
    "Requests a second for the recovery codes on 32 connections, and milliseconds from the start of the process to its first reply: median (min-max).",
    table(
      ["server", "requests a second", "ours, of that", "ready after"],
      ids.map((id) => [
        names[id],
        spread(throughput[id]),
        ratio(throughput.ours, throughput[id]).toFixed(2),
        spread(ready[id])
      ])
    ),
    `A test that waits for a code gets it ${spread(waiting)} ms after the application asks for the SMS.`
  )
}

/** Renders the targets of this project. They are for its maintainers, so the page for users leaves them out. */
export const targets = (results: ServiceResults): string =>
  table(
    ["target", "limit", "measured", "verdict"],
    targetsOf(results).map((target) => [
      target.label,
      `${target.atMost === true ? "at most" : "at least"} ${target.limit}`,
      target.value.toFixed(2),
      isReached(target) ? "reached" : "missed"
    ])
  )
