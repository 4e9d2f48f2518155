import { client } from "./client.ts"
import type { Mutant } from "./Mutant.ts"
import { schema } from "./schema.ts"

/** The guards that the search for leaks has to miss by itself, by the tests that search. */
const searched: Readonly<Record<string, ReadonlyArray<string>>> = {
  "Leaks.test": [
    "the transport opens no span with the URL",
    "what prints headers does not print the token",
    "a token that is echoed is masked",
    "an OTP that is echoed is masked",
    "a foreign error is not handed out",
    "an unknown code is not handed out",
    "a defect of the transport is a failure, and shows nothing",
    "recovery codes are hidden",
    "each recovery code is hidden",
    "in a URL",
    "in a form",
    "in JSON",
    "in hex",
    "in base64",
    "in base64 for URLs",
    "below escapes",
    "in capitals or not",
    "wherever they are",
    "to the letter"
  ],
  LeaksSettings: [
    "a base URL is one",
    "a base URL has no credentials",
    "a base URL has no query",
    "a secret can't smuggle in a line",
    "a secret is not trimmed on its way",
    "a token is checked"
  ]
}

const guards = new Map([...schema, ...client].map((mutant) => [mutant.guard, mutant]))

/** Stands nowhere, so that a name which is not a guard's any more is told of. */
const lost = (name: string) => ({ file: "client/src/index.ts", find: name, replace: "" })

/** Those guards once more, each to be missed by the search for leaks alone. */
export const leaks: ReadonlyArray<Mutant> = Object.entries(searched).flatMap(([test, names]) =>
  names.map((name) => ({
    ...(guards.get(name) ?? lost(name)),
    guard: `${name}, by the search`,
    tests: [test],
    in: "client"
  }))
)
