/** Rewrites the OpenAPI document of the control API for readers and code generators of other languages. */
import * as Predicate from "effect/Predicate"

type Node = Readonly<Record<string, unknown>>

const at = (value: unknown, key: string): unknown => (Predicate.isObject(value) ? { ...value }[key] : undefined)

/** A number in a URL is a text to Effect, with a pattern. Generators expect a number. */
const isNumberInText = ({ pattern, type }: Node) =>
  type === "string" && typeof pattern === "string" && pattern.startsWith("^[+-]?(?:\\d+")

/** Merges the parts of an `allOf` that share no keyword. Effect puts the description of a field there. */
const withMergedParts = (node: Node): Node => {
  const { allOf, ...others } = node
  if (!Array.isArray(allOf)) return node
  const parts: ReadonlyArray<Node> = [others, ...allOf]
  const merged: Node = Object.assign({}, ...parts)
  const keywords = parts.reduce((sum, part) => sum + Object.keys(part).length, 0)
  return Object.keys(merged).length === keywords ? merged : node
}

/** Tools show the description of a parameter or a header, and not that of its schema. */
const withDescriptionOfSchema = (node: Node): Node => {
  const { required, schema } = node
  if (typeof required !== "boolean" || !Predicate.isObject(schema)) return node
  const { description, ...others } = withMergedParts({ ...schema })
  return description === undefined ? node : { ...node, description, schema: others }
}

/** JSON has no `NaN` or `Infinity`. Effect allows them as texts beside a number, which no endpoint here needs. */
const isNotFinite = (member: unknown) =>
  JSON.stringify(member) === '{"type":"string","enum":["Infinity","-Infinity","NaN"]}'

const withoutNotFinite = ({ anyOf, ...node }: Node): Node => {
  if (!Array.isArray(anyOf)) return node
  const [only, ...others] = anyOf.filter((member) => !isNotFinite(member))
  return others.length === 0 ? { ...only, ...node } : { anyOf: [only, ...others], ...node }
}

/** The schema of a body that may be missing, which is a union with `null` in the contract. */
const besideNull = (schema: unknown) => {
  const types = at(schema, "anyOf")
  if (!Array.isArray(types)) return undefined
  const others = types.filter((type) => at(type, "type") !== "null")
  return others.length === 1 && others.length < types.length ? others[0] : undefined
}

const json = "application/json"

const optionalBody = (body: unknown): unknown => {
  const schema = besideNull(at(at(at(body, "content"), json), "schema"))
  return schema === undefined ? body : { content: { [json]: { schema } }, required: false }
}

/** A later version may add fields to a reply. Only request bodies refuse unknown fields. */
const isClosed = (key: string, value: unknown) => key === "additionalProperties" && value === false

/** The bounds of each `Schema.Int`. Tools would show -9007199254740991 as the example of an id. */
const isBoundOfInt = (value: unknown) => Math.abs(Number(value)) === Number.MAX_SAFE_INTEGER

const requestBodies = new Set(["NewUser", "NewFaults", "Reset", "SetClock", "AdvanceClock"])

const isRequestBody = (key: string) => requestBodies.has(key.replace(/Encoded$/, ""))

/** The name of a schema that only Effect's reply of `/events` refers to. */
const eventText = "EventEncoded"

/**
 * Describes the reply of `/events` in place of Effect, which adds the schemas of failures that no client receives.
 *
 * @param operation the operation that Effect makes from the contract
 */
export const eventStream = ({ responses, ...operation }: Node): Record<string, unknown> => ({
  ...operation,
  responses: {
    ...(Predicate.isObject(responses) ? responses : {}),
    200: {
      description: "Server-sent events. The data of each is an `Event` as JSON.",
      content: { "text/event-stream": { schema: { $ref: "#/components/schemas/Event" } } }
    }
  }
})

const rewrite = (value: unknown, isOpen: boolean): unknown => {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, isOpen))
  return Predicate.isObject(value) ? rewriteNode({ ...value }, isOpen) : value
}

const rewriteNode = (original: Node, isOpen: boolean): Record<string, unknown> => {
  const node = withDescriptionOfSchema(withMergedParts(withoutNotFinite(original)))
  if (isNumberInText(node)) return { type: "integer" }
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => {
      if (key === eventText || isBoundOfInt(value) || (isOpen && isClosed(key, value))) return []
      const body = key === "requestBody" ? optionalBody(value) : value
      return [[key, rewrite(body, isOpen && !isRequestBody(key))]]
    })
  )
}

/**
 * Rewrites a document.
 *
 * @param document the document that Effect makes from the contract
 */
export const document = (document: Node): Record<string, unknown> => rewriteNode(document, true)
