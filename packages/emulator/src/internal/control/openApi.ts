/** Makes the document of the control API say what generated clients of other languages need to know. */
import * as Predicate from "effect/Predicate"

type Node = Readonly<Record<string, unknown>>

/** What the contract has as a number stands as text in a URL, which documents do not tell apart. */
const isNumberInText = ({ pattern, type }: Node) =>
  type === "string" && typeof pattern === "string" && pattern.startsWith("^[+-]?(?:\\d+")

const at = (value: unknown, key: string): unknown => (Predicate.isObject(value) ? { ...value }[key] : undefined)

/** The one schema that stands beside `null`, for a body that may be left out. */
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

/** Later versions may answer with more: only what is sent has no other properties. */
const isOpen = (key: string, value: unknown) => key === "additionalProperties" && value === false

const sent = new Set(["NewUser", "NewFaults", "Reset", "SetClock", "AdvanceClock"])

const isSent = (key: string) => sent.has(key.replace(/Encoded$/, ""))

const rewritten = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(rewritten)
  return Predicate.isObject(value) ? document({ ...value }) : value
}

/**
 * Rewrites a document, or a part of one.
 *
 * @param node as it is made from the contract
 */
export function document(node: Node): Record<string, unknown> {
  if (isNumberInText(node)) return { type: "integer" }
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => {
      if (isOpen(key, value)) return []
      if (isSent(key)) return [[key, value]]
      return [[key, rewritten(key === "requestBody" ? optionalBody(value) : value)]]
    })
  )
}
