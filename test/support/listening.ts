import { Effect } from "effect"
import type { Server } from "node:net"

/** Lets a server listen on a free port of 127.0.0.1 while the scope lasts, and returns the port. */
export const listening = (server: Server) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        if (address !== null && typeof address !== "string") resume(Effect.succeed(address.port))
      })
    }),
    () => Effect.sync(() => server.close())
  )
