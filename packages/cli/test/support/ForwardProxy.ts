import { createServer, type IncomingMessage } from "node:http"
import { connect, type Socket } from "node:net"

/**
 * A proxy that leads every tunnel to one port of this machine, and answers
 * plain requests itself, with 401.
 *
 * @param seen what it was asked for, with the credentials that came
 * @param to where tunnels lead; left out, none is made
 */
export const forwardProxy = (seen: Array<string>, to?: number) => {
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`)
    response.writeHead(401).end()
  })
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    seen.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`)
    if (to === undefined) return void socket.end("HTTP/1.1 403 Forbidden\r\n\r\n")
    const onward = connect(to, "127.0.0.1")
    for (const end of [onward, socket]) end.on("error", () => {})
    socket.write("HTTP/1.1 200 OK\r\n\r\n")
    socket.pipe(onward).pipe(socket)
  })
  return server
}
