/** A process for one client. Its arguments are the client's id, its transport and the server's URL. */
import { Schema } from "effect"
import { setTimeout } from "node:timers/promises"
import { type PeerId, peers, type Transport } from "./Peers.ts"
import { Command } from "./Protocol.ts"
import { token } from "./Scenario.ts"
import * as Stub from "./Stub.ts"
import type { Subject } from "./Subject.ts"

const isPeer = (id: string): id is PeerId => id in peers

const isTransport = (name: string): name is Transport => ["stub", "fetch", "undici", "http"].includes(name)

const [, , peer = "", transport = "", baseUrl = ""] = process.argv

const stub = Stub.make()

const load = (): Promise<Subject> => {
  if (!isPeer(peer) || !isTransport(transport)) throw new Error(`no client ${peer} on ${transport}`)
  return peers[peer].load({ transport, baseUrl, token, fetch: transport === "stub" ? stub.fetch : globalThis.fetch })
}

/** The bytes on the heap after garbage collections. */
const settledHeap = async () => {
  for (let round = 0; round < 3; round++) {
    // oxlint-disable-next-line no-await-in-loop -- finalizers run between collections
    await setTimeout(20)
    globalThis.gc?.()
  }
  return process.memoryUsage().heapUsed
}

const subject = await load()

const obey = async (command: Command): Promise<number> => {
  if (command._tag === "Run") {
    const { calls, concurrency, scenario } = command
    stub.script(scenario)
    const begin = performance.now()
    await subject.run(scenario, calls, concurrency)
    return ((performance.now() - begin) * 1000) / calls
  }
  stub.script()
  const before = await settledHeap()
  const callsBefore = stub.calls()
  subject.start(command.calls)
  const after = await settledHeap()
  const sent = stub.calls() - callsBefore
  if (sent !== command.calls) throw new Error(`${sent} requests are in flight instead of ${command.calls}`)
  return (after - before) / command.calls
}

const decode = Schema.decodeUnknownPromise(Command)

process.on("message", (message) => {
  void decode(message)
    .then(obey)
    .then((perCall) => process.send?.({ _tag: "Answer", perCall }))
})
process.on("disconnect", () => process.exit())
process.send?.({ _tag: "Ready" })
