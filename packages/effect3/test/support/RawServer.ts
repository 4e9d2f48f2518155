import { Effect } from "effect"
import { createServer, type Socket } from "node:net"

/** A server that passes the socket to `answer` after the head of each request. */
export const rawServer = (answer: (socket: Socket) => unknown) =>
  Effect.gen(function* () {
    const requests: Array<string> = []
    const open = new Set<Socket>()
    const server = createServer((socket) => {
      let head = ""
      open.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => open.delete(socket))
      socket.on("data", (chunk) => {
        head += chunk.toString("latin1")
        if (!head.includes("\r\n\r\n")) return
        requests.push(head)
        head = ""
        answer(socket)
      })
    })
    const port = yield* Effect.acquireRelease(
      Effect.async<number>((resume) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          if (address !== null && typeof address !== "string") resume(Effect.succeed(address.port))
        })
      }),
      () =>
        Effect.sync(() => {
          for (const socket of open) socket.destroy()
          server.close()
        })
    )
    return { baseUrl: `http://127.0.0.1:${port}/metal/v1`, requests, open }
  })
