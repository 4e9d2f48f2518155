/** What breaks each row of the retry table, under the failure that the row names. */
import type { Mutant } from "./Mutant.ts"

const test = "client/test/RetryPolicy.test.ts"

/** What the table says of a class of failures. */
const row = (failure: string) => `VariableDeclarator[id.name=repeatable] SwitchCase[test.value=${failure}]`

export const retries: Readonly<Record<string, ReadonlyArray<Mutant>>> = {
  "`RateLimited`": [
    {
      guard: "a rate limit has refused",
      find: `${row("RateLimited")} > ReturnStatement > .argument`,
      replace: '"Never"',
      test
    }
  ],
  "`CallRejected`, `RateLimitExceeded`": [
    {
      guard: "the client's own rate limit has refused",
      find: `${row("CallRejected")} > ReturnStatement > .argument`,
      replace: '"Never"',
      test
    }
  ],
  '`TransportFailure` with outcome `"NotApplied"`: refused, not resolved, no TLS, not connected in time': [
    {
      guard: "what was not applied is tried again",
      find: `${row("TransportFailure")} > ReturnStatement Literal[value=Always]`,
      replace: '"IfRead"',
      test
    }
  ],
  "`TransportFailure` with another outcome: connection lost, timed out": [
    {
      guard: "no effect is repeated when its outcome is unknown",
      find: `${row("TransportFailure")} > ReturnStatement Literal[value=IfRead]`,
      replace: '"Always"',
      test
    },
    {
      guard: "a read is, when its outcome is unknown",
      find: `${row("TransportFailure")} > ReturnStatement > .argument > .alternate`,
      replace: '"Never"',
      test
    }
  ],
  "`TransportFailure`, `ProxyRefused` or `Other`": [
    {
      guard: "an unknown error is not repeated",
      find: `${row("TransportFailure")} > IfStatement`,
      replace: "",
      test
    }
  ],
  "`UnexpectedStatus` 502, 503, 504": [
    {
      guard: "no effect is repeated after a gateway's failure",
      find: `${row("UnexpectedStatus")} > ReturnStatement Literal[value=IfRead]`,
      replace: '"Always"',
      test
    },
    {
      guard: "a read is, after a gateway's failure",
      find: `${row("UnexpectedStatus")} > ReturnStatement > .argument > .consequent`,
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
      guard: "only gateways are asked again",
      find: `${row("UnexpectedStatus")} > ReturnStatement > .argument > .alternate`,
      replace: '"IfRead"',
      test
    },
    {
      guard: "an open circuit is not asked again",
      find: `${row("CallRejected")} > ReturnStatement > .argument > .alternate`,
      replace: '"Always"',
      test
    },
    {
      guard: "the table is asked",
      find: "CallExpression[callee.property.name=mayRepeat]:has(MemberExpression[object.name=policy])",
      replace: "true",
      test
    }
  ]
}
