/** The mutants of the client for Effect 3. Its rules are in core, which has its own mutants. */
import type { Mutant } from "./Mutant.ts"

const mutant = (guard: string, find: string, replace: Mutant["replace"], test: string, named?: RegExp): Mutant => ({
  guard,
  find,
  replace,
  test: `client/test/${test}.test.ts`,
  ...(named === undefined ? {} : { named }),
  of: "effect3"
})

const callOf = (name: string) => `CallExpression[callee.property.name=${name}]`

export const effect3: ReadonlyArray<Mutant> = [
  mutant(
    "a failure does not hold a foreign error",
    `ConditionalExpression > ${callOf("diagnose")}`,
    (diagnosis) => `{ ...${diagnosis}, code: String(error.cause) }`,
    "Leaks",
    /an error that holds everything/
  ),
  mutant(
    "a defect of the transport becomes a failure without its content",
    `${callOf("isDie")}[arguments.0.object.name=exit]`,
    "false",
    "Leaks",
    /a defect that holds everything/
  ),
  mutant(
    "a failing effect for the token becomes a failure without its content",
    `${callOf("fail")} > NewExpression:has(Literal[value=TokenUnavailable])`,
    "exit",
    "LeaksBroken",
    /token's effect/
  ),
  mutant(
    "nothing logs the end of a try's fiber",
    `VariableDeclarator[id.name=detached] ${callOf("updateAs")}`,
    "fiberRefs",
    "Leaks",
    /a defect that holds everything/
  ),
  mutant(
    "a request has no span of its own",
    "VariableDeclarator Property[key.name=entries] > ArrayExpression",
    (entries) => entries.replaceAll("false]", "true]").replaceAll("constTrue", "() => false"),
    "Tracing",
    /has one client span/
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
  mutant("an echoed token is masked", "CallExpression[callee.name=mask]", "body", "Leaks", /422 that echoes/),
  mutant(
    "an echoed OTP is masked",
    "CallExpression[callee.name=hiding] > ArrayExpression:has([name=otp])",
    "[this.#token]",
    "Leaks",
    /422 that echoes/
  ),
  mutant(
    "an error of another request is no evidence",
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
    "only JSON counts as a reply of the API",
    "AssignmentExpression > LogicalExpression:has(CallExpression[callee.name=isJson]) > .right",
    "true",
    "Replies",
    /HTML/
  ),
  mutant("a body is bounded", `${callOf("read")} > Identifier[name=max]`, "Infinity", "Replies", /10 MB|limit/),
  mutant(
    "the client asks the retry policy",
    `${callOf("mayRepeat")}:has(MemberExpression[object.name=policy])`,
    "true",
    "RetryPolicy"
  ),
  mutant(
    "the worst outcome of the tries counts",
    `${callOf("worst")}[callee.object.name=Outcome]`,
    "failure.outcome",
    "Outcomes"
  ),
  mutant("the budget bounds all retries", `UnaryExpression > ${callOf("withdraw")}`, "true", "RetryBudget"),
  mutant(
    "the client does not wait for a long Retry-After",
    "BinaryExpression[left.name=requested][right.property.name=maxRetryAfter]",
    "false",
    "RetryPolicy"
  ),
  mutant(
    "each try has its own deadline",
    `${callOf("min")}:has(MemberExpression[property.name=attemptTimeout])`,
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
