import { assert, describe, it } from "@effect/vitest"
import { Api, Endpoint } from "@metal-otp/schema"
import { Predicate, Record, Struct } from "effect"
import { OpenApi } from "effect/http-api"
import { existsSync, readFileSync } from "node:fs"

const document = OpenApi.fromApi(Api.MetalOtp)

interface Operation {
  readonly tags: unknown
  readonly operationId: string
  readonly security?: unknown
  readonly parameters?: ReadonlyArray<{ name: string; in: string; required?: boolean; schema: unknown }>
  readonly responses: { readonly [status: string]: { readonly content?: Dictionary } }
}

type Dictionary = { readonly [name: string]: unknown }

type Paths = { readonly [path: string]: { readonly [method: string]: Operation } }

interface Document {
  readonly paths: Paths
  readonly components: { schemas: Dictionary; securitySchemes: Dictionary }
}

/** What a client or a server can tell: everything but the prose. */
const essence = ({ components, paths }: Document) => ({
  paths: Record.map(paths, (methods) =>
    Record.map(methods, ({ operationId, parameters, responses, tags }) => ({
      operationId,
      tags,
      parameters: (parameters ?? []).map(({ name, in: where, required, schema }) => ({
        name,
        where,
        required,
        schema
      })),
      responses: Record.map(responses, ({ content }) => content ?? "none")
    }))
  ),
  schemas: Record.map(components.schemas, withoutProse),
  securitySchemes: Record.map(components.securitySchemes, withoutProse)
})

const withoutProse = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutProse)
  if (!Predicate.isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "description" && key !== "x-displayName")
      .map(([key, member]) => [key, withoutProse(member)])
  )
}

const json = (ref: string) => ({ "application/json": { schema: { $ref: `#/components/schemas/${ref}` } } })

const expected: ReturnType<typeof essence> = {
  paths: {
    "/user/otp/recovery-codes": {
      get: {
        operationId: "findRecoveryCodes",
        tags: ["OTPs"],
        parameters: [],
        responses: { 200: json("RecoveryCodeList"), 401: json("Error"), 404: json("Error"), 422: json("Error") }
      },
      post: {
        operationId: "regenerateCodes",
        tags: ["OTPs"],
        parameters: [],
        responses: { 200: json("RecoveryCodeList"), 401: json("Error"), 404: json("Error"), 422: json("Error") }
      }
    },
    "/user/otp/sms/receive": {
      post: {
        operationId: "receiveCodes",
        tags: ["OTPs"],
        parameters: [],
        responses: { 204: "none", 400: json("Error"), 401: json("Error"), 422: json("Error"), 500: json("Error") }
      }
    },
    "/user/otp/verify/{otp}": {
      post: {
        operationId: "findEnsureOtp",
        tags: ["OTPs"],
        parameters: [{ name: "otp", where: "path", required: true, schema: { type: "string" } }],
        responses: { 204: "none", 400: json("Error"), 401: json("Error") }
      }
    }
  },
  schemas: {
    Error: {
      type: "object",
      properties: { error: { type: "string" }, errors: { type: "array", items: { type: "string" } } }
    },
    RecoveryCodeList: {
      type: "object",
      properties: { recovery_codes: { type: "array", items: { type: "string" } } }
    }
  },
  securitySchemes: { x_auth_token: { type: "apiKey", in: "header", name: "X-Auth-Token" } }
}

const asDocument = (value: unknown): Document => JSON.parse(JSON.stringify(value))

describe("Api", () => {
  it("says what the API's text says", () => assert.deepStrictEqual(essence(asDocument(document)), expected))

  it("authenticates every operation by the token", () => {
    for (const methods of Object.values(asDocument(document).paths)) {
      for (const operation of Object.values(methods)) {
        assert.deepStrictEqual(operation.security, [{ x_auth_token: [] }])
      }
    }
  })

  it("forbids no property that a later version may add", () =>
    assert.notInclude(JSON.stringify(document), "additionalProperties"))

  it("is made from the endpoint table", () => {
    const documented = Object.entries(asDocument(document).paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId, responses }]) => [
        operationId,
        method.toUpperCase(),
        path,
        Object.keys(responses).map(Number)
      ])
    )
    assert.deepStrictEqual(
      documented,
      Struct.keys(Endpoint.endpoints).map((operation) => {
        const { method, path, success } = Endpoint.endpoints[operation]
        return [operation, method, path, [success, ...Endpoint.failures(operation).keys()]]
      })
    )
  })

  const reference = new URL("../../../../shared/spec/metal-otp.openapi.json", import.meta.url)

  it.skipIf(!existsSync(reference))("agrees with the API's own document, where that is at hand", () => {
    const theirs = asDocument(JSON.parse(readFileSync(reference, "utf8")))
    const ours = essence(asDocument(document))
    const paths = Object.fromEntries(Object.entries(theirs.paths).filter(([path]) => path in ours.paths))
    assert.deepStrictEqual(ours, essence({ ...theirs, paths }))
    const group = Object.entries(theirs.paths).flatMap(([path, methods]) =>
      Object.values(methods).some(({ tags }) => JSON.stringify(tags) === '["OTPs"]') ? [path] : []
    )
    assert.sameMembers(Object.keys(ours.paths), group)
  })
})
