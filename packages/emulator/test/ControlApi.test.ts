/** The contract, and who may use the control API. EmulatorClient.test.ts tests what each endpoint does. */
import { assert, describe, it } from "@effect/vitest"
import { ControlApi, type EmulatorServer } from "@metal-otp/emulator"
import { ConfigProvider, Effect, Predicate, Redacted, Schema } from "effect"
import { OpenApi } from "effect/http-api"
import { networkInterfaces } from "node:os"
import { type Got, portOf, send, serving, statusOf } from "./support/Asking.ts"

const document = OpenApi.fromApi(ControlApi.ControlApi)

const methods = ["get", "post", "put", "delete"] as const

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  methods.flatMap((method) => {
    const operation = item[method]
    return operation === undefined ? [] : [{ path, method, operation }]
  })
)

/** One valid request for each endpoint. */
const routes = operations
  .filter(({ path }) => path.startsWith("/_emulator/v1/"))
  .map(({ method, path }) => {
    const named = path.replace("{user}", "alice").replace("{id}", "1")
    const needsUser = ["/_emulator/v1/otp", "/_emulator/v1/messages/newest"].includes(path)
    return { method: method.toUpperCase(), path: needsUser ? `${named}?user=alice&wait=0` : named }
  })

const anyMethod = { method: "GET", path: "/_emulator/v1/users" }

const Errors = Schema.fromJsonString(Schema.Struct({ errors: Schema.Array(Schema.String) }))

const errorsOf = ({ body }: Got) => Schema.decodeUnknownSync(Errors)(body).errors.join(" ")

/** An address of this machine that is not loopback. The server takes clients there for other machines. */
const otherAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address

const key = "k3y-of-the-tests"

const bearer = (value = key) => ({ Authorization: `Bearer ${value}` })

const keyed: EmulatorServer.Options = { host: "0.0.0.0", controlKey: Redacted.make(key) }

describe("ControlApi", () => {
  it("identifies users by name, and has no secret in a URL", () => {
    const parameters = operations.flatMap(({ operation }) =>
      operation.parameters.map(({ in: place, name }) => [place, name])
    )
    const known = new Set(["user", "search", "after", "wait", "limit", "offset", "operation", "status", "id"])
    assert.deepStrictEqual(
      parameters.filter(([place, name]) => (place !== "query" && place !== "path") || !known.has(name ?? "")),
      []
    )
  })

  it("has a summary and all failures for each endpoint", () => {
    assert.isAbove(operations.length, 30)
    for (const { method, operation, path } of operations) {
      assert.isString(operation.summary, `${method} ${path}`)
      if (path.startsWith("/_emulator")) {
        assert.includeMembers(Object.keys(operation.responses), ["400", "401", "403", "421"], path)
        const ofBody = Object.keys(operation.responses).filter((status) => ["413", "415"].includes(status))
        assert.deepStrictEqual(ofBody, operation.requestBody === undefined ? [] : ["413", "415"], `${method} ${path}`)
        assert.deepStrictEqual(operation.security, [{ control_key: [] }], path)
      }
    }
  })

  it("describes each parameter, field, event and reply", () => {
    const undescribed: Array<string> = []
    const check = (place: string, described: unknown) => {
      const description = Predicate.hasProperty(described, "description") ? described.description : undefined
      if (typeof description !== "string" || !/^[A-Z"`].+\.$/s.test(description)) undescribed.push(place)
    }
    /** Each object in a schema, however deep, with its fields. */
    const walk = (place: string, schema: unknown): void => {
      if (typeof schema !== "object" || schema === null) return
      for (const [key, value] of Object.entries(schema)) {
        if (key !== "properties" || typeof value !== "object" || value === null) {
          walk(`${place}/${key}`, value)
          continue
        }
        for (const [name, field] of Object.entries(value)) {
          if (name !== "_tag") check(`${place}.${name}`, field)
          walk(`${place}.${name}`, field)
        }
      }
    }
    for (const { method, operation, path } of operations) {
      check(`${method} ${path}`, operation)
      for (const parameter of operation.parameters) check(`${method} ${path} ${parameter.name}`, parameter)
      for (const [status, reply] of Object.entries(operation.responses)) {
        check(`${method} ${path} ${status}`, reply)
        for (const [header, value] of Object.entries(reply.headers ?? {})) check(`${path} ${status} ${header}`, value)
        walk(`${method} ${path} ${status}`, reply)
      }
    }
    for (const tag of document.tags) check(`group ${tag.name}`, tag)
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      assert.notMatch(name, /_\d/, "a second copy of a schema")
      check(name, schema)
      walk(name, schema)
    }
    assert.deepStrictEqual(undescribed, [])
  })

  it("has integers, optional bodies and closed request bodies in its OpenAPI document", () => {
    const parameters = operations.flatMap(({ operation }) => operation.parameters)
    const integers = parameters
      .filter(({ schema }) => "type" in schema && schema.type === "integer")
      .map(({ name }) => name)
    assert.deepStrictEqual(new Set(integers), new Set(["limit", "offset", "id", "after", "status"]))
    const bodies = Object.fromEntries(
      operations.flatMap(({ method, operation: { requestBody }, path }) =>
        requestBody === undefined
          ? []
          : [[`${method} ${path.slice("/_emulator/v1".length)}`, JSON.stringify(requestBody)]]
      )
    )
    const optional = (name: string) =>
      JSON.stringify({
        content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } },
        required: false
      })
    assert.strictEqual(bodies["post /users"], optional("NewUser"))
    assert.match(bodies["post /reset"] ?? "", /"required":false\}$/)
    assert.match(bodies["put /faults"] ?? "", /"required":true\}$/)
    const { NewUser, User } = document.components.schemas
    assert.strictEqual(NewUser?.["additionalProperties"], false)
    assert.notInclude(JSON.stringify(User), "additionalProperties")
    assert.notInclude(JSON.stringify(document), String(Number.MAX_SAFE_INTEGER))
  })

  it.effect("is served with its OpenAPI document, and is part of the reference, without a page too", () =>
    Effect.gen(function* () {
      const text = yield* send("/_emulator/v1/openapi.json")
      assert.deepStrictEqual(JSON.parse(text.body), JSON.parse(JSON.stringify(document)))
      const reference = yield* send("/docs")
      assert.include(reference.body, '"/metal/v1/user/otp/sms/receive"')
      assert.include(reference.body, '"/_emulator/v1/otp"')
      for (const { name } of document.tags) assert.include(reference.body, `"name":"${name}","description":`)
      assert.include(reference.body, '"required":false,"description":"The number of users to skip.')
      assert.strictEqual(yield* statusOf("/"), 404)
      assert.strictEqual(yield* statusOf("/_emulator/v1/users"), 200)
    }).pipe(Effect.provide(serving({ page: false })))
  )

  it.effect("refuses a method that a path does not have, and says in Allow which it has", () =>
    Effect.gen(function* () {
      const allowed = [
        ["PATCH", "/_emulator/v1/users", "GET, HEAD, POST"],
        ["PUT", "/_emulator/v1/users/alice", "DELETE, GET, HEAD"],
        ["GET", "/_emulator/v1/users/alice/lock?user=alice", "DELETE"],
        ["HEAD", "/_emulator/v1/clock/advance", "POST"],
        ["OPTIONS", "/_emulator/v1/clock", "GET, HEAD, PUT"],
        ["POST", "/_emulator/v1/openapi.json", "GET, HEAD"],
        ["POST", "/health", "GET, HEAD"]
      ] as const
      for (const [method, path, allow] of allowed) {
        const { headers, status } = yield* send(path, { method })
        assert.deepStrictEqual([status, headers.allow], [405, allow], `${method} ${path}`)
        assert.strictEqual(headers["cache-control"], "no-store")
      }
      for (const path of ["/_emulator/v1/user", "/_emulator/v1/users/alice/locks"]) {
        assert.strictEqual(yield* statusOf(path, { method: "PATCH" }), 404, path)
      }
    }).pipe(Effect.provide(serving()))
  )

  it.effect("answers health checks from everybody", () =>
    Effect.gen(function* () {
      for (const path of ["/health", "/ready"]) {
        const got = yield* send(path, { headers: { Host: "emulator:4010", Origin: "https://evil.example" } })
        assert.deepStrictEqual([got.status, got.body], [200, '{"status":"ok"}'])
        assert.isUndefined(got.headers["access-control-allow-origin"])
        assert.strictEqual(yield* statusOf(path, { method: "HEAD" }), 200)
      }
    }).pipe(Effect.provide(serving()))
  )

  it.effect("answers this machine under its own names only, with guard headers", () =>
    Effect.gen(function* () {
      const port = yield* portOf
      // The handlers are made at the first request. They must not keep its Host.
      assert.strictEqual(yield* statusOf("/_emulator/v1/users", { headers: { Host: "evil.example" } }), 421)
      for (const host of ["localhost", "127.0.0.1", "[::1]", "LocalHost"]) {
        const got = yield* send("/_emulator/v1/users", { headers: { Host: `${host}:${port}` } })
        assert.strictEqual(got.status, 200, host)
        assert.deepInclude(got.headers, {
          "cache-control": "no-store",
          "cross-origin-resource-policy": "same-origin",
          "referrer-policy": "no-referrer",
          "x-content-type-options": "nosniff"
        })
      }
      for (const { method, path } of routes) {
        for (const host of [`evil.example:${port}`, `localhost.evil.example:${port}`, `localhost:${port + 1}`]) {
          const got = yield* send(path, { method, headers: { Host: host } })
          assert.strictEqual(got.status, 421, `${method} ${path} under ${host}`)
          assert.strictEqual(got.headers["cache-control"], "no-store")
          assert.match(errorsOf(got), /page\.hosts.+METAL_EMULATOR_CONTROL_KEY/)
        }
      }
      assert.strictEqual(yield* statusOf("/_emulator/v1/users/alice"), 200)
    }).pipe(Effect.provide(serving()))
  )

  it.effect.each([{}, { controlKey: Redacted.make(key) }])(
    "refuses pages of other origins, with a key or without: %o",
    (options) =>
      Effect.gen(function* () {
        const port = yield* portOf
        const keyHeader = "controlKey" in options ? bearer() : {}
        for (const { method, path } of routes) {
          for (const headers of [
            { "Sec-Fetch-Site": "cross-site" },
            { "Sec-Fetch-Site": "same-site" },
            { Origin: "null" },
            { Origin: "https://evil.example" },
            { Origin: `http://127.0.0.1:${port + 1}` }
          ]) {
            const got = yield* send(path, { method, headers: { ...headers, ...keyHeader } })
            assert.strictEqual(got.status, 403, `${method} ${path} for ${JSON.stringify(headers)}`)
            assert.isUndefined(got.headers["access-control-allow-origin"])
          }
          const preflight = yield* send(path, {
            method: "OPTIONS",
            headers: { Origin: "http://localhost:3000", "Access-Control-Request-Method": method }
          })
          assert.isUndefined(preflight.headers["access-control-allow-origin"])
        }
        const own = { "Sec-Fetch-Site": "same-origin", Origin: `http://127.0.0.1:${port}`, ...keyHeader }
        assert.strictEqual(yield* statusOf("/_emulator/v1/users/alice", { headers: own }), 200)
      }).pipe(Effect.provide(serving(options)))
  )

  it.effect("needs a key from another machine, and says which", () =>
    Effect.gen(function* () {
      if (otherAddress === undefined) return
      for (const { method, path } of routes) {
        const got = yield* send(path, { to: otherAddress, method })
        assert.strictEqual(got.status, 401, `${method} ${path}`)
        assert.match(errorsOf(got), /Start the emulator with METAL_EMULATOR_CONTROL_KEY/)
      }
      // Neither a key that the server does not have, nor a name of this machine, helps.
      for (const headers of [bearer(), { Host: `localhost:${yield* portOf}` }]) {
        assert.strictEqual(yield* statusOf(anyMethod.path, { to: otherAddress, headers }), 401)
      }
      assert.strictEqual(yield* statusOf(anyMethod.path), 200)
    }).pipe(Effect.provide(serving({ host: "0.0.0.0" })))
  )

  it.effect("accepts the key from anywhere and under any name, and no other key", () =>
    Effect.gen(function* () {
      for (const to of ["127.0.0.1", ...(otherAddress === undefined ? [] : [otherAddress])]) {
        for (const Host of ["emulator:4010", "evil.example", `localhost:${yield* portOf}`]) {
          const asked = (headers: Record<string, string>) => send(anyMethod.path, { to, headers: { Host, ...headers } })
          assert.strictEqual((yield* asked(bearer())).status, 200, Host)
          for (const wrong of [`${key}x`, key.slice(1), key.toUpperCase(), "x"]) {
            const got = yield* asked(bearer(wrong))
            assert.strictEqual(got.status, 401, wrong)
            assert.notInclude(got.body, key)
          }
          const own = { "Sec-Fetch-Site": "same-origin", Origin: `https://${Host}` }
          assert.strictEqual((yield* asked({ ...own, ...bearer() })).status, 200, Host)
        }
      }
      // This machine still needs no key, under its own name.
      assert.strictEqual(yield* statusOf(anyMethod.path), 200)
      const got = yield* send(anyMethod.path, { headers: { Host: "emulator:4010" } })
      assert.strictEqual(got.status, 401)
      assert.match(errorsOf(got), /Authorization: Bearer/)
    }).pipe(Effect.provide(serving(keyed)))
  )

  it.effect("reads the key from the environment, and refuses a key that no header can carry", () =>
    Effect.gen(function* () {
      const served = (value: string) =>
        statusOf(anyMethod.path, { headers: { Host: "emulator:4010", ...bearer(value.trim()) } }).pipe(
          Effect.provide(serving()),
          Effect.provideService(
            ConfigProvider.ConfigProvider,
            ConfigProvider.fromUnknown({ METAL_EMULATOR_CONTROL_KEY: value })
          ),
          Effect.catchTag("InvalidOption", ({ message }) => Effect.succeed(message))
        )
      assert.strictEqual(yield* served(key), 200)
      // An empty key is no key.
      assert.strictEqual(yield* served(""), 421)
      for (const value of [`${key}\n`, "two words"]) {
        const told = yield* served(value)
        assert.match(String(told), /^controlKey: it is empty, or has a character that is not printable ASCII/)
        assert.notInclude(String(told), key)
      }
    })
  )

  it.effect("is open to everybody who can open the page", () =>
    Effect.gen(function* () {
      if (otherAddress === undefined) return
      const headers = { Host: "emulator.test:4010" }
      const asked = statusOf(anyMethod.path, { to: otherAddress, headers })
      assert.strictEqual(
        yield* Effect.provide(asked, serving({ host: "0.0.0.0", page: { hosts: [headers.Host] } })),
        200
      )
      assert.strictEqual(yield* Effect.provide(asked, serving({ host: "0.0.0.0", page: true })), 401)
    })
  )

  it.effect("names the invalid part of a request, and shows none of its values", () =>
    Effect.gen(function* () {
      const json = { "Content-Type": "application/json" }
      const large = JSON.stringify({ name: "x".repeat(256 * 1024) })
      const asked = [
        ["GET", "otp", undefined, 400, /^user: /],
        ["GET", "otp?user=alice&wait=s3cret", undefined, 400, /^wait: it is neither a duration/],
        ["GET", "otp?user=alice&wait=121s", undefined, 400, /^wait: it is not between 0 and 2 minutes/],
        ["GET", "otp?user=alice&after=s3cret", undefined, 400, /^after: it is neither the id/],
        ["GET", "otp?user=alice&after=", undefined, 400, /^after: /],
        ["GET", "otp?user=alice&wait=0&after=1e3", undefined, 400, /^after: /],
        ["GET", "otp?user=alice&wait=0&after=%20", undefined, 400, /^after: /],
        ["GET", "otp?user=alice&user=bob", undefined, 400, /^user: /],
        ["GET", "otp?user=s3cret", undefined, 400, /^user: no user has this name/],
        ["GET", "messages?usr=s3cret", undefined, 400, /^usr: /],
        ["GET", "messages?limit=0", undefined, 400, /^limit: /],
        ["GET", "messages/s3cret", undefined, 400, /^id: /],
        ["GET", "users?offset=-1", undefined, 400, /^offset: /],
        ["GET", "requests?operation=s3cret", undefined, 400, /^operation: /],
        ["POST", "users", '{"s3cret', 400, /^The body: /],
        ["POST", "users", '["s3cret"]', 400, /^The body: /],
        ["POST", "users", '{"authToken":["s3cret"]}', 400, /^authToken: /],
        ["POST", "users", '{"authToken":"s3\\ncret"}', 400, /^authToken: /],
        ["POST", "users", '{"otp":"s3cret"}', 400, /^otp: it is not 6 digits/],
        ["POST", "users", '{"totp":{"secret":"s3cret!"}}', 400, /^totp\.secret: /],
        ["POST", "users", '{"more":"s3cret"}', 400, /^more: /],
        ["POST", "users", '{"name":"alice"}', 409, /^name: another user has it/],
        ["POST", "users", '{"authToken":"alice-token"}', 409, /^authToken: another user has it/],
        ["POST", "users", large, 413, /^The body is larger than 256 KiB/],
        ["POST", "reset", '{"user":"s3cret"}', 404, /^There is no user with this name/],
        ["POST", "reset?user=s3cret", undefined, 400, /^The query: this path takes none/],
        ["POST", "clock/reset?s3cret", undefined, 400, /^The query: this path takes none/],
        ["PUT", "clock", '{"now":"s3cret"}', 400, /^now: it is neither epoch milliseconds/],
        ["PUT", "clock", '{"now":-1}', 400, /^now: /],
        ["PUT", "clock", '{"now":""}', 400, /^now: /],
        ["PUT", "clock", '{"now":"0x10"}', 400, /^now: /],
        ["POST", "clock/advance", '{"by":"-5 minutes"}', 400, /^by: /],
        ["POST", "clock/advance", '{"by":"Infinity"}', 400, /^by: /],
        ["POST", "clock/advance", '{"by":1e300}', 400, /^by: the clock can't go past the year 275760/],
        [
          "PUT",
          "faults",
          '{"rules":[{"nth":"1","fault":{"_tag":"Reset"}}]}',
          400,
          /^rules\[0\]\.nth: it is not a whole/
        ],
        [
          "PUT",
          "faults",
          '{"rules":[{"probability":"1","fault":{"_tag":"Reset"}}]}',
          400,
          /^rules\[0\]\.probability: it is not a number from 0 to 1/
        ],
        [
          "PUT",
          "faults",
          '{"rules":[{"fault":{"_tag":"Status","status":"503"}}]}',
          400,
          /^rules\[0\]\.fault\.status: it is not a whole/
        ],
        [
          "PUT",
          "faults",
          '{"rules":[{"fault":{"_tag":"s3cret"}}]}',
          400,
          /^rules\[0\]\.fault: its _tag is none of Refuse, Reset, /
        ],
        [
          "PUT",
          "faults",
          '{"rules":[{"when":"s3cret","fault":{"_tag":"Reset"}}]}',
          400,
          /^rules\[0\]\.when: it is neither/
        ],
        [
          "PUT",
          "faults",
          '{"rules":[{"when":"after","fault":{"_tag":"Refuse"}}]}',
          400,
          /^rules\[0\]\.when: it is neither/
        ],
        ["GET", "users/s3cret", undefined, 404, /^There is no user with this name/],
        ["DELETE", "users/s3cret", undefined, 404, /^There is no user with this name/],
        ["GET", "users/bob/app", undefined, 404, /no authenticator app/],
        ["POST", "users/bob/sms", undefined, 422, /^The user has no phone number/],
        ["GET", "messages/1", undefined, 404, /^There is no message with this id/],
        ["GET", "messages/newest?user=alice", undefined, 404, /^There is no message for this user/],
        ["GET", "requests/1", undefined, 404, /^There is no request with this id/],
        ["GET", "s3cret", undefined, 404, /docs/],
        ["PATCH", "users", undefined, 405, /^PATCH is not a method of this path/]
      ] as const
      for (const [method, path, body, status, error] of asked) {
        const got = yield* send(`/_emulator/v1/${path}`, {
          method,
          ...(body !== undefined && { body, headers: { ...json, "Content-Length": String(body.length) } })
        })
        assert.strictEqual(got.status, status, `${method} ${path} ${got.body}`)
        assert.match(errorsOf(got), error)
        assert.notInclude(got.body, "s3cret")
        assert.notInclude(got.body, "alice-token")
      }
      for (const headers of [{}, { "Content-Type": "text/plain" }, { "Content-Type": "application/jsonp" }]) {
        for (const length of [{ "Content-Length": "2" }, { "Transfer-Encoding": "chunked" }]) {
          const got = yield* send("/_emulator/v1/users", {
            method: "POST",
            body: "{}",
            headers: { ...headers, ...length }
          })
          assert.strictEqual(got.status, 415)
          assert.match(errorsOf(got), /Content-Type: application\/json/)
        }
      }
      assert.include((yield* send("/_emulator/v1/users")).body, '"total":2')
      // No other endpoint reads a body.
      for (const [method, path, status] of [
        ["GET", "clock", 200],
        ["POST", "clock/hold", 200],
        ["DELETE", "faults", 204]
      ] as const) {
        const sent = { method, body: "s3cret", headers: { "Content-Type": "text/plain", "Content-Length": "6" } }
        assert.strictEqual(yield* statusOf(`/_emulator/v1/${path}`, sent), status)
      }
    }).pipe(Effect.provide(serving()))
  )
})
