/** An HTTP proxy for tests. */
import { createServer, type IncomingMessage } from "node:http"
import { connect, type Socket } from "node:net"

/**
 * Makes a proxy that connects every tunnel to one port of this machine, and answers plain requests itself with 401.
 *
 * @param seen receives each request with its credentials
 * @param tunnelPort the port that tunnels lead to. Without it, the proxy refuses them with 403
 */
export const forwardProxy = (seen: Array<string>, tunnelPort?: number) => {
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`)
    response.writeHead(401).end()
  })
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    seen.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`)
    if (tunnelPort === undefined) return void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n")
    const target = connect(tunnelPort, "127.0.0.1")
    for (const end of [target, socket]) end.on("error", () => {})
    socket.write("HTTP/1.1 200 OK\r\n\r\n")
    socket.pipe(target).pipe(socket)
  })
  return server
}
