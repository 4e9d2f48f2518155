/** The mutants for the table in `RetryPolicy.ts`, grouped by its rows. `Security.test.ts` compares them. */
import type { Mutant } from "./Mutant.ts"

const test = "client/test/RetryPolicy.test.ts"

/** The selector of the case for a class of failures. */
const caseOf = (failure: string) => `VariableDeclarator[id.name=repeatable] SwitchCase[test.value=${failure}]`

export const retries: Readonly<Record<string, ReadonlyArray<Mutant>>> = {
  "`RateLimited`": [
    {
      guard: "a call is retried after a rate limit of the API",
      find: `${caseOf("RateLimited")} > ReturnStatement > .argument`,
      replace: '"Never"',
      test
    }
  ],
  "`CallRejected`, `RateLimitExceeded`": [
    {
      guard: "a call is retried after the client's own rate limit",
      find: `${caseOf("CallRejected")} > ReturnStatement > .argument`,
      replace: '"Never"',
      test
    }
  ],
  '`TransportFailure` with outcome `"NotApplied"`: refused, not resolved, no TLS, not connected in time': [
    {
      guard: "an effect is repeated when it was not applied",
      find: `${caseOf("TransportFailure")} > ReturnStatement Literal[value=Always]`,
      replace: '"IfRead"',
      test
    }
  ],
  "`TransportFailure` with another outcome: connection lost, timed out": [
    {
      guard: "no effect is repeated when its outcome is unknown",
      find: `${caseOf("TransportFailure")} > ReturnStatement Literal[value=IfRead]`,
      replace: '"Always"',
      test
    },
    {
      guard: "a read is repeated when its outcome is unknown",
      find: `${caseOf("TransportFailure")} > ReturnStatement > .argument > .alternate`,
      replace: '"Never"',
      test
    }
  ],
  "`TransportFailure`, `ProxyRefused` or `Other`": [
    {
      guard: "an unknown error is not repeated",
      find: `${caseOf("TransportFailure")} > IfStatement`,
      replace: "",
      test
    }
  ],
  "`UnexpectedStatus` 502, 503, 504": [
    {
      guard: "no effect is repeated after a gateway's failure",
      find: `${caseOf("UnexpectedStatus")} > ReturnStatement Literal[value=IfRead]`,
      replace: '"Always"',
      test
    },
    {
      guard: "a read is repeated after a gateway's failure",
      find: `${caseOf("UnexpectedStatus")} > ReturnStatement > .argument > .consequent`,
      replace: '"Never"',
      test
    }
  ],
  "everything else": [
    {
      guard: "refusals are not repeated",
      find: "VariableDeclarator[id.name=repeatable] SwitchCase:not([test]) > ReturnStatement > .argument",
      replace: '"Always"',
      test
    },
    {
      guard: "an unexpected status is repeated only if it is a gateway's",
      find: `${caseOf("UnexpectedStatus")} > ReturnStatement > .argument > .alternate`,
      replace: '"IfRead"',
      test
    },
    {
      guard: "a call is not retried while the circuit is open",
      find: `${caseOf("CallRejected")} > ReturnStatement > .argument > .alternate`,
      replace: '"Always"',
      test
    },
    {
      guard: "the client asks the retry policy",
      find: "CallExpression[callee.property.name=mayRepeat]:has(MemberExpression[object.name=policy])",
      replace: "true",
      test
    }
  ]
}
