/**
 * A browser without sockets: it keeps cookies, follows redirects, and posts the forms of its pages. The site runs in the
 * test's own fiber, so `TestClock` controls it.
 */
import { Effect, Option, Ref, type Scope } from "effect"
import {
  type Cookies,
  HttpClient,
  HttpClientRequest,
  HttpMiddleware,
  HttpRouter,
  HttpServerRequest,
  HttpServerResponse
} from "effect/http"
import { Routes } from "../../src/App.ts"
import { Settings } from "../../src/Settings.ts"

/** The page as a user sees it, and what a test checks besides. */
export interface Seen {
  readonly status: number
  readonly path: string
  readonly title: string
  /** The site's message when it refused. */
  readonly alert: string | undefined
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
  readonly html: string
}

const textOf = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll(/\s+/g, " ")
    .trim()

const first = (pattern: RegExp, html: string) => {
  const found = pattern.exec(html)?.[1]
  return found === undefined ? undefined : textOf(found)
}

/** The forms of a page by their action, each with the values of its hidden fields. */
const formsOf = (html: string) =>
  new Map(
    Array.from(html.matchAll(/<form method="post" action="([^"]*)">([^]*?)<\/form>/g), ([, action = "", form = ""]) => [
      action,
      Object.fromEntries(
        Array.from(form.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g), ([, name = "", value = ""]) => [
          name,
          value
        ])
      )
    ])
  )

/** Opens a browser with a new profile. */
export const open = Effect.gen(function* () {
  const { origin } = yield* Settings
  const site = yield* HttpRouter.toHttpEffect(Routes)
  const context =
    yield* Effect.context<Exclude<Effect.Services<typeof site>, HttpServerRequest.HttpServerRequest | Scope.Scope>>()
  const cookies = yield* Ref.make<ReadonlyArray<Cookies.Cookie>>([])
  const shown = yield* Ref.make("")

  const transport = HttpClient.make((request) =>
    site.pipe(
      // As a server does: it interrupts only routes that do not forbid it.
      Effect.uninterruptible,
      HttpMiddleware.logger,
      HttpMiddleware.tracer,
      Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromClientRequest(request)),
      Effect.scoped,
      Effect.provideContext(context),
      Effect.orDie,
      Effect.map((response) => HttpServerResponse.toClientResponse(response, { request }))
    )
  )
  const client = HttpClient.withCookiesRef(transport, cookies)

  /** Not `HttpClient.followRedirects`, which sends the cookies from before the redirect. */
  const follow = Effect.fnUntraced(function* (request: HttpClientRequest.HttpClientRequest) {
    const response = yield* client.execute(request)
    const { location } = response.headers
    return location === undefined ? response : yield* client.get(new URL(location, origin))
  })

  const send = Effect.fnUntraced(function* (request: HttpClientRequest.HttpClientRequest) {
    const response = yield* follow(request)
    const html = yield* response.text
    yield* Ref.set(shown, html)
    const seen: Seen = {
      status: response.status,
      path: Option.match(HttpClientRequest.toUrl(response.request), {
        onNone: () => "",
        onSome: (url) => url.pathname
      }),
      title: first(/<h1>([^<]*)<\/h1>/, html) ?? "",
      alert: first(/<p role="alert">([^]*?)<\/p>/, html),
      text: textOf(html),
      headers: response.headers,
      html
    }
    return seen
  }, Effect.orDie)

  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = { origin }) =>
    HttpClientRequest.post(`${origin}${path}`).pipe(
      HttpClientRequest.setHeaders(headers),
      HttpClientRequest.bodyUrlParams(fields),
      send
    )

  return {
    go: (path: string, headers: Record<string, string> = {}) =>
      send(HttpClientRequest.get(`${origin}${path}`).pipe(HttpClientRequest.setHeaders(headers))),
    /** Posts any fields to any path, as an attacker's script would. */
    post,
    /** Fills in a form of the current page, and sends it. */
    submit: Effect.fnUntraced(function* (action: string, fields: Record<string, string> = {}) {
      const hidden = formsOf(yield* Ref.get(shown)).get(action)
      if (hidden === undefined) return yield* Effect.die(new Error(`there is no form to ${action}`))
      return yield* post(action, { ...hidden, ...fields })
    }),
    cookies: Ref.get(cookies)
  }
})

export type Browser = Effect.Success<typeof open>
