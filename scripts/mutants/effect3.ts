/** What breaks the guards in the shell of the client for Effect 3; the rules are those of core. */
import type { Mutant } from "./Mutant.ts"

const mutant = (guard: string, find: string, replace: Mutant["replace"], test: string, named?: RegExp): Mutant => ({
  guard,
  find,
  replace,
  test: `client/test/${test}.test.ts`,
  ...(named === undefined ? {} : { named }),
  of: "effect3"
})

const called = (name: string) => `CallExpression[callee.property.name=${name}]`

export const effect3: ReadonlyArray<Mutant> = [
  mutant(
    "a foreign error is not handed out",
    `ConditionalExpression > ${called("diagnose")}`,
    (diagnosis) => `{ ...${diagnosis}, code: String(error.cause) }`,
    "Leaks",
    /an error that holds everything/
  ),
  mutant(
    "a defect of the transport is a failure, and shows nothing",
    `${called("isDie")}[arguments.0.object.name=exit]`,
    "false",
    "Leaks",
    /a defect that holds everything/
  ),
  mutant(
    "a token's effect that fails shows nothing",
    `${called("fail")} > NewExpression:has(Literal[value=TokenUnavailable])`,
    "exit",
    "LeaksBroken",
    /token's effect/
  ),
  mutant(
    "the end of a try's fiber is told to nobody",
    `VariableDeclarator[id.name=detached] ${called("updateAs")}`,
    "fiberRefs",
    "Leaks",
    /a defect that holds everything/
  ),
  mutant(
    "a request has no span of its own",
    "VariableDeclarator Property[key.name=entries] > ArrayExpression",
    (entries) => entries.replaceAll("false]", "true]").replaceAll("constTrue", "() => false"),
    "Tracing",
    /is one client span/
  ),
  mutant(
    "the token's header is hidden from what prints headers",
    "CallExpression[callee.name=withSecretHeaders]",
    "names",
    "Leaks",
    /a transport that logs its headers/
  ),
  mutant(
    "no redirect is followed, and no cookie kept",
    "CallExpression[callee.name=withGuards]",
    "init",
    "Origins",
    /fetch/
  ),
  mutant("a token that is echoed is masked", "CallExpression[callee.name=mask]", "body", "Leaks", /422 that echoes/),
  mutant(
    "an OTP that is echoed is masked",
    "CallExpression[callee.name=hiding] > ArrayExpression:has([name=otp])",
    "[this.#token]",
    "Leaks",
    /422 that echoes/
  ),
  mutant(
    "errors of other requests say nothing of ours",
    "UnaryExpression:has(CallExpression[callee.name=isErrorOf])",
    "false",
    "Outcomes"
  ),
  mutant(
    "a status has three digits",
    "LogicalExpression[right.right.value=999]",
    "false",
    "LeaksBroken",
    /a status that/
  ),
  mutant(
    "only JSON is the API's word",
    "AssignmentExpression > LogicalExpression:has(CallExpression[callee.name=isJson]) > .right",
    "true",
    "Replies",
    /HTML/
  ),
  mutant(
    "a body is read within its bound",
    `${called("read")} > Identifier[name=max]`,
    "Infinity",
    "Replies",
    /10 MB|limit/
  ),
  mutant(
    "the retry table is asked",
    `${called("mayRepeat")}:has(MemberExpression[object.name=policy])`,
    "true",
    "RetryPolicy"
  ),
  mutant(
    "the worst outcome of the tries counts",
    `${called("worst")}[callee.object.name=Outcome]`,
    "failure.outcome",
    "Outcomes"
  ),
  mutant("the budget bounds all retries", `UnaryExpression > ${called("withdraw")}`, "true", "RetryBudget"),
  mutant(
    "a long Retry-After is not waited for",
    "BinaryExpression[left.name=requested][right.property.name=maxRetryAfter]",
    "false",
    "RetryPolicy"
  ),
  mutant(
    "each try has its own deadline",
    `${called("min")}:has(MemberExpression[property.name=attemptTimeout])`,
    "remaining(run)",
    "RetryPolicy"
  ),
  mutant(
    "no try begins after the deadline",
    "BinaryExpression[left.callee.name=remaining][operator='<=']",
    "false",
    "Outcomes"
  )
]
