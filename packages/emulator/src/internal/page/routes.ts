/** Serves the files of the page. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpPlatform from "effect/http/HttpPlatform"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { fileURLToPath } from "node:url"
import type { Hosts } from "../hosts.ts"
import { errorResponse } from "../replies.ts"
import { folder } from "./folder.ts"
import * as guard from "./guard.ts"

const browserFile = (name: string) => fileURLToPath(new URL(name, folder))

const missing = errorResponse(404, "The package lacks the files of the page. Install it again.")

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

const scripts = [
  "page",
  "dom",
  "live",
  "events",
  "filter",
  "messages",
  "users",
  "user",
  "requests",
  "faults",
  "clock"
] as const

const script = (name: string) => file(`/assets/${name}.js`, `${name}.js`, "text/javascript; charset=utf-8")

/** Compresses the files, which hold no secret. The compressed length of a secret would tell about it. */
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

/**
 * The page at `/`, with its scripts and styles. It gets its data from the control API.
 *
 * @param hosts the names of the server
 */
export const page = (hosts: Hosts) => {
  const guarded = HttpRouter.middleware((httpEffect) =>
    HttpServerRequest.HttpServerRequest.pipe(
      Effect.flatMap((request) => {
        const refused = guard.refusal(request, hosts)
        return refused === undefined ? httpEffect : Effect.succeed(refused)
      }),
      Effect.map(HttpServerResponse.setHeaders(guard.headers))
    )
  ).layer
  return Layer.provide(files, guarded)
}
