import type { Mutant } from "./Mutant.ts"

const at = (file: string, ...tests: ReadonlyArray<string>) => ({ file: `client/src/${file}`, tests })

const guarded = at("internal/guarded.ts", "OtpsClient", "Wire")
const attempt = at("internal/attempt.ts", "Leaks.test")
const mask = at("internal/mask.ts", "mask")
const body = at("internal/body.ts", "Replies", "Wire", "attempt")
const execute = at("internal/execute.ts", "OtpsClient", "RetryPolicy", "Replies")
const within = at("internal/within.ts", "within")
const settings = at("internal/settings.ts", "OtpsClient")
const transport = at("internal/transport.ts", "transport", "Leaks.test")
const telemetry = at("internal/telemetry.ts", "Tracing", "Telemetry")
const policy = at("RetryPolicy.ts", "RetryPolicy")
const limits = at("internal/limits.ts", "Limits")
const refusal = at("internal/refusal.ts", "Replies", "RetryPolicy")

/** The guards of the client. */
export const client: ReadonlyArray<Mutant> = [
  { ...guarded, guard: "no redirect is followed", find: 'redirect: "manual"', replace: 'redirect: "follow"' },
  { ...guarded, guard: "no cookie is sent or kept", find: 'credentials: "omit"', replace: 'credentials: "include"' },
  {
    ...guarded,
    guard: "no Referer is sent",
    find: 'referrerPolicy: "no-referrer"',
    replace: 'referrerPolicy: "unsafe-url"'
  },
  { ...guarded, guard: "nothing is cached", find: 'cache: "no-store"', replace: 'cache: "default"' },
  {
    ...guarded,
    guard: "the guards are stronger than other fetch settings",
    find: "({ ...init, ...noRedirectCookieReferrerCache })",
    replace: "({ ...noRedirectCookieReferrerCache, ...init })"
  },
  {
    ...guarded,
    guard: "the transport opens no span with the URL",
    find: "Context.add(context, HttpClient.TracerDisabledWhen, constTrue)",
    replace: "context",
    tests: ["Tracing"]
  },
  {
    ...guarded,
    guard: "what prints headers does not print the token",
    find: "[...names, authHeader.toLowerCase()]",
    replace: "[...names]"
  },
  {
    ...guarded,
    guard: "the guards of one context are not those of another",
    find: "fetching(Context.getOrUndefined(context, FetchHttpClient.RequestInit) ?? init)",
    replace: "fetching(init)"
  },

  {
    ...attempt,
    guard: "an OTP is one segment of the path",
    find: "encodeURIComponent(otp)",
    replace: "otp",
    tests: ["PathSegment", "Wire"]
  },
  {
    ...attempt,
    guard: "an OTP with a dollar sign is not a pattern",
    find: '.replace("{otp}", () => encodeURIComponent(otp))',
    replace: '.replace("{otp}", otp)',
    tests: ["PathSegment", "Wire"]
  },
  {
    ...attempt,
    guard: "a token that is echoed is masked",
    find: "mask(body, otp === undefined ? hidingToken(token) : hiding([token, otp]))",
    replace: "body"
  },
  {
    ...attempt,
    guard: "an OTP that is echoed is masked",
    find: "hiding([token, otp])",
    replace: "hiding([token])"
  },
  {
    ...attempt,
    guard: "a request is called sent before it is",
    find: "progress.sent = true",
    replace: "",
    tests: ["Replies", "Wire", "RetryPolicy"]
  },
  {
    ...attempt,
    guard: "a status that has come decides the outcome",
    find: "progress.status === undefined ? unanswered : Outcome.fromStatus(progress.status)",
    replace: "unanswered",
    tests: ["Wire", "Replies"]
  },
  {
    ...attempt,
    guard: "a refusal that has come outlives its body",
    find: "progress.refusal = refuse",
    replace: "",
    tests: ["Wire"]
  },
  {
    ...attempt,
    guard: "what is not at its end is aborted",
    find: "progress.complete ? Effect.void : Scope.close(progress.scope, exit)",
    replace: "Effect.void",
    tests: ["internal/attempt"]
  },
  {
    ...attempt,
    guard: "what is at its end is not aborted",
    find: "progress.complete ? Effect.void : Scope.close(progress.scope, exit)",
    replace: "Scope.close(progress.scope, exit)",
    tests: ["internal/attempt"]
  },
  {
    ...attempt,
    guard: "a failure that has a reply is a reply",
    find: "if (error.response !== undefined) return receive(progress, token, otp, error.response)",
    replace: "",
    tests: ["Replies", "OtpsClient"]
  },
  {
    ...attempt,
    guard: "what has failed by itself is not aborted",
    find: "progress.complete = true\n        return Effect.fail(unsent(progress, error))",
    replace: "return Effect.fail(unsent(progress, error))",
    tests: ["internal/attempt"]
  },
  {
    ...attempt,
    guard: "a foreign error is not handed out",
    find: ": Transport.diagnose(reason.cause)",
    replace: ": { ...Transport.diagnose(reason.cause), code: String(reason.cause) }"
  },

  {
    ...attempt,
    guard: "a status is a number",
    find: "!Number.isInteger(status)",
    replace: "false",
    tests: ["LeaksBroken"]
  },
  {
    ...attempt,
    guard: "of three digits",
    find: " || status > 999",
    replace: "",
    tests: ["LeaksBroken"]
  },

  { ...mask, guard: "secrets are masked", find: "[...secrets, ...derived(", replace: "[...derived(" },
  { ...mask, guard: "in a URL", find: "    encodeURIComponent(secret),\n", replace: "" },
  { ...mask, guard: "in a form", find: '    secret.replaceAll(" ", "+"),\n', replace: "" },
  { ...mask, guard: "in JSON", find: ",\n    jsonEscaped(secret)\n", replace: "\n" },
  { ...mask, guard: "in hex", find: ", ...written.map((text) => Hex.encode(text))", replace: "" },
  { ...mask, guard: "in base64", find: '(encoded.test(run) ? "<redacted>" : run)', replace: "run" },
  {
    ...mask,
    guard: "in base64 for URLs",
    find: 'return [encoded, encoded.replaceAll("+", "-").replaceAll("/", "_")]',
    replace: "return [encoded]"
  },
  { ...mask, guard: "below escapes", find: "if (inner === text) break", replace: "break" },
  {
    ...mask,
    guard: "no escape is undone to what a terminal acts on",
    find: "code >= 0x20 && code <= 0x7e ? String.fromCharCode(code) : escape",
    replace: "String.fromCharCode(code)"
  },
  { ...mask, guard: "below half an escape", find: '.replace(unfinished, "")', replace: "" },
  { ...mask, guard: "in capitals or not", find: '"gi")', replace: '"g")' },
  { ...mask, guard: "wherever they are", find: '"gi")', replace: '"i")' },
  { ...mask, guard: "the longer one first", find: ".toSorted((a, b) => b.length - a.length)", replace: "" },
  {
    ...mask,
    guard: "to the letter",
    find: "Array.from(new Set(texts), RegExp.escape)",
    replace: "Array.from(new Set(texts))"
  },
  { ...mask, guard: "short forms don't mask everything", find: ".filter((form) => form.length >= 4)", replace: "" },
  {
    ...mask,
    guard: "what a space makes whole is masked",
    find: "plain === hidden ? hidden : hide(plain)",
    replace: "plain"
  },
  { ...mask, guard: "no control character reaches a terminal", find: 'hidden.replace(unsafe, " ")', replace: "hidden" },
  { ...mask, guard: "messages are bounded in length", find: "characters.length > maxLength", replace: "false" },
  { ...mask, guard: "messages are bounded in number", find: "errors.slice(0, maxMessages)", replace: "errors" },

  { ...body, guard: "a body is bounded", find: "return size <= max", replace: "return true" },
  {
    ...body,
    guard: "a body is not larger than the length that it tells",
    find: "buffer.byteLength > max ? tooLarge : ",
    replace: "",
    tests: ["Transports"]
  },
  {
    ...body,
    guard: "only a body that is as long as it tells is read in one piece",
    find: 'lengthOf(headers, "") <= max',
    replace: "true",
    tests: ["internal/body"]
  },
  {
    ...body,
    guard: "a 204 that announces a body is not waited for",
    find: 'lengthOf(headers, "0") === 0',
    replace: "true",
    tests: ["Transports"]
  },
  {
    ...body,
    guard: "a 204 is read to its end, which keeps its connection",
    find: 'lengthOf(headers, "0") === 0',
    replace: "false",
    tests: ["Transports"]
  },
  {
    ...body,
    guard: "a request that a 204 has ended is not aborted",
    find: "onSuccess: atEnd }",
    replace: "onSuccess: constVoid }",
    tests: ["internal/attempt"]
  },
  {
    ...body,
    guard: "a body that is too large is let go of",
    find: "          cancel()\n",
    replace: "",
    tests: ["internal/attempt"]
  },
  {
    ...body,
    guard: "a body that is given up is let go of",
    find: "return Effect.sync(cancel)",
    replace: "",
    tests: ["internal/attempt"]
  },
  {
    ...body,
    guard: "a reader that throws ends no process",
    find: ".catch((cause) => resume(Effect.fail(broken(cause))))",
    replace: "",
    tests: ["LeaksBroken"]
  },
  { ...body, guard: "a body is UTF-8", find: "{ fatal: true }", replace: "{ fatal: false }" },
  {
    ...body,
    guard: "a body of another content type is not read",
    find: 'if (!isJson(headers["content-type"]))',
    replace: "if (false)"
  },
  {
    ...body,
    guard: "a body of another shape is no success",
    find: 'Effect.fail(bad("Undecodable"))',
    replace: 'Effect.die("undecodable")'
  },

  {
    ...execute,
    guard: "a defect of the transport is a failure, and shows nothing",
    find: "Exit.hasDies(ended)",
    replace: "false",
    tests: ["Leaks.test", "Replies"]
  },
  {
    ...execute,
    guard: "an interruption from within shows nothing of what hangs on it",
    find: "Exit.hasInterrupts(ended)",
    replace: "false",
    tests: ["LeaksBroken"]
  },
  {
    ...execute,
    guard: "a try has its own deadline",
    find: "Math.min(Duration.toMillis(policy.attemptTimeout), left(run, began))",
    replace: "left(run, began)"
  },
  {
    ...execute,
    guard: "the call's deadline covers its tries",
    find: "Math.min(Duration.toMillis(policy.attemptTimeout), left(run, began))",
    replace: "Duration.toMillis(policy.attemptTimeout)"
  },
  {
    ...execute,
    guard: "no try begins after the deadline",
    find: "Duration.toMillis(delay) < left(run, run.clock.monotonicTimeNanosUnsafe()) && settings.retryBudget.withdraw()",
    replace: "settings.retryBudget.withdraw()"
  },
  {
    ...execute,
    guard: "retries have a budget",
    find: "Duration.toMillis(delay) < left(run, run.clock.monotonicTimeNanosUnsafe()) && settings.retryBudget.withdraw()",
    replace: "Duration.toMillis(delay) < left(run, run.clock.monotonicTimeNanosUnsafe())",
    tests: ["RetryBudget"]
  },
  { ...execute, guard: "Retry-After is waited for", find: "Duration.max(delay, asked)", replace: "delay" },
  {
    ...execute,
    guard: "Retry-After is not waited for without end",
    find: "if (Duration.isGreaterThan(asked, run.policy.maxRetryAfter)) return Option.none()",
    replace: ""
  },
  {
    ...execute,
    guard: "what may not be repeated is not",
    find: "failure === undefined || !RetryPolicy.mayRepeat(policy, operation, failure)",
    replace: "failure === undefined",
    tests: ["AtMostOnce", "RetryPolicy"]
  },
  {
    ...execute,
    guard: "a call has a policy of its own",
    find: "call.retryPolicy ?? Context.get",
    replace: "Context.get",
    tests: ["RetryPolicy"]
  },
  {
    ...execute,
    guard: "the token of a call is its own",
    find: "call.authToken === undefined ? unguarded(settings.authToken, run) : Effect.succeed(call.authToken)",
    replace: "unguarded(settings.authToken, run)"
  },
  {
    ...execute,
    guard: "what gives the token or limits the rate has the caller's settings",
    find: "Exit.isExit(self) ? self : Effect.updateContext(self, () => traced(run))",
    replace: "self",
    tests: ["Tracing"]
  },
  {
    file: "client/src/internal/remembered.ts",
    tests: ["OtpsClient"],
    guard: "what was made for one token is not sent for another",
    find: "last === undefined || last.input !== input",
    replace: "last === undefined"
  },

  {
    ...within,
    guard: "the deadline holds whatever can't be stopped",
    find: "      work.interruptUnsafe()\n      end(undefined)",
    replace: "      work.interruptUnsafe()"
  },
  {
    ...within,
    guard: "what is late is stopped",
    find: "      isLate = true\n      work.interruptUnsafe()\n",
    replace: ""
  },
  { ...within, guard: "late is late", find: "isLate ? undefined : exit", replace: "exit" },
  {
    ...within,
    guard: "no timer is left behind",
    find: "      cancel?.()\n      end(",
    replace: "      end("
  },
  {
    ...within,
    guard: "nor is one of the platform's",
    find: "return () => clearTimeout(timer)",
    replace: "return () => {}"
  },
  { ...within, guard: "a timer can't wait for any time", find: " && millis <= longest", replace: "" },
  {
    ...within,
    guard: "a clock that is given is the one that counts",
    find: "Context.getOrUndefined(context, Clock.Clock) === undefined && ",
    replace: ""
  },
  {
    ...within,
    guard: "what is stopped is waited for",
    find: "return Fiber.interrupt(work)",
    replace: "work.interruptUnsafe()\n      return Effect.void"
  },
  {
    ...within,
    guard: "nothing is done after an interruption",
    find: "resume(Effect.suspend(() => andThen(exit)))",
    replace: "resume(andThen(exit))"
  },

  { ...settings, guard: "a base URL is one", find: "if (!URL.canParse(input))", replace: "if (false)" },
  {
    ...settings,
    guard: "a base URL is of HTTP",
    find: 'url.protocol !== "https:" && url.protocol !== "http:"',
    replace: "false"
  },
  {
    ...settings,
    guard: "a base URL has no credentials",
    find: 'url.username !== "" || url.password !== ""',
    replace: "false"
  },
  { ...settings, guard: "a base URL has no query", find: "/[?#]/.test(url.href)", replace: "false" },
  {
    ...settings,
    guard: "the token does not travel in the clear",
    find: 'url.protocol === "http:" && !allowInsecureHttp && !isLoopback(url.hostname)',
    replace: "false"
  },
  { ...settings, guard: "127.example.com is no loopback", find: "/^127\\.\\d+\\.\\d+\\.\\d+$/", replace: "/^127\\./" },
  { ...settings, guard: "a size is above zero", find: "(size) => !ByteSize.isZero(size)", replace: "() => true" },

  {
    ...transport,
    guard: "an unknown code is not handed out",
    find: "if (diagnosis !== undefined) return { ...diagnosis, code: error.code }",
    replace: "return { ...(diagnosis ?? other), code: error.code }"
  },
  {
    ...transport,
    guard: "a code has a bounded length",
    find: " && error.code.length <= longest",
    replace: "",
    tests: ["internal/transport"]
  },
  {
    ...transport,
    guard: "an unknown error may be anything",
    find: 'const other: Diagnosis = { reason: "Other", outcome: "Unknown" }',
    replace: 'const other: Diagnosis = { reason: "Other", outcome: "NotApplied" }'
  },
  {
    ...transport,
    guard: "a lost connection may have carried the request",
    find: '"ConnectionLost", outcome: "Unknown"',
    replace: '"ConnectionLost", outcome: "NotApplied"'
  },
  {
    ...transport,
    guard: "a late reply may follow a request that was carried out",
    find: 'const timedOut: Diagnosis = { reason: "TimedOut", outcome: "Unknown" }',
    replace: 'const timedOut: Diagnosis = { reason: "TimedOut", outcome: "NotApplied" }'
  },
  {
    ...transport,
    guard: "not every TLS error is of the handshake",
    find: ': { reason: "TlsRefused", outcome: "Unknown" }',
    replace: ": untrusted"
  },
  { ...transport, guard: "a cause is looked for deep down", find: "depth < 8", replace: "depth < 1" },

  {
    ...telemetry,
    guard: "telemetry has the path's template alone",
    find: '"url.template": endpoint.path',
    replace: '"url.template": endpoint.path, "url.full": settings.baseUrl'
  },
  {
    ...telemetry,
    guard: "a call is counted behind a circuit breaker too",
    file: "client/src/internal/execute.ts",
    find: "Effect.flatMap((exit) => telemetry.recordCall(caller, exit))",
    replace: "Effect.flatMap((exit) => exit)"
  },
  {
    ...telemetry,
    guard: "a call that failed is counted as such",
    find: "if (failure !== undefined) failuresOf(failure._tag).updateUnsafe(1, context)",
    replace: ""
  },

  {
    ...policy,
    guard: "a rate limit has refused",
    find: 'case "RateLimited":\n      return "Always"',
    replace: 'case "RateLimited":\n      return "Never"'
  },
  {
    ...policy,
    guard: "refusals are not repeated",
    find: '"InvalidOtp":\n      return "Never"',
    replace: '"InvalidOtp":\n      return "Always"'
  },
  {
    ...policy,
    guard: "only gateways are asked again",
    find: 'gateways.has(failure.status) ? "IfRead" : "Never"',
    replace: '"IfRead"'
  },
  {
    ...policy,
    guard: "no effect is repeated after a gateway's failure",
    find: 'gateways.has(failure.status) ? "IfRead" : "Never"',
    replace: 'gateways.has(failure.status) ? "Always" : "Never"',
    tests: ["RetryPolicy", "AtMostOnce"]
  },
  {
    ...policy,
    guard: "no effect is repeated when its outcome is unknown",
    find: 'failure.outcome === "NotApplied" ? "Always" : "IfRead"',
    replace: '"Always"',
    tests: ["RetryPolicy", "AtMostOnce"]
  },
  {
    ...policy,
    guard: "an unknown error is not repeated",
    find: 'if (failure.reason === "Other") return "Never"',
    replace: ""
  },
  {
    ...policy,
    guard: "an open circuit is not asked again",
    find: 'failure.reason === "RateLimitExceeded" ? "Always" : "Never"',
    replace: '"Always"'
  },
  {
    ...policy,
    guard: "retries have jitter",
    find: "Duration.times(Duration.min(duration, bound), random)",
    replace: "Duration.min(duration, bound)"
  },
  {
    ...policy,
    guard: "delays are bounded",
    find: "Duration.times(Duration.min(duration, bound), random)",
    replace: "Duration.times(duration, random)"
  },

  {
    ...limits,
    guard: "a store that hangs does not hold a try",
    find: "Effect.timeoutOrElse({ duration: storeTimeout, orElse: away })",
    replace: "(self) => self"
  },
  {
    ...limits,
    guard: "a store that hangs does not hold a call",
    find: "duration: Duration.sum(timeout, storeTimeout)",
    replace: "duration: Duration.infinity"
  },
  {
    ...limits,
    guard: "a call that is interrupted ends behind a circuit too",
    find: "Effect.ensuring(Effect.sync(() => fiber.interruptUnsafe()))",
    replace: "(self) => self"
  },
  {
    ...limits,
    guard: "a limiter that throws shows nothing",
    find: "Effect.suspend(() =>\n    limiter.consume(",
    replace: "((consume) => consume())(() =>\n    limiter.consume(",
    tests: ["LeaksBroken"]
  },
  {
    ...limits,
    guard: "a circuit breaker that dies shows nothing",
    find: 'Effect.catchDefect(() => Effect.fail(cutOff("Other")))',
    replace: "(self) => self",
    tests: ["LeaksBroken"]
  },
  {
    ...limits,
    guard: "the client's own refusals are no outage",
    find: '      return { _tag: "Ignored" }\n    default',
    replace: "      return failed(undefined)\n    default"
  },

  {
    ...refusal,
    guard: "a status that is not documented is unexpected",
    find: "if (Documented !== undefined)",
    replace: "if (Documented !== undefined || status === 403)"
  },
  { ...refusal, guard: "429 is a rate limit, documented or not", find: "if (status === 429)", replace: "if (false)" },
  {
    ...refusal,
    guard: "no header is read when nobody catches what it throws",
    find: "const after = retryAfter(response, now)\n  return (body) => new UnexpectedStatus({ ...body, ...after",
    replace: "return (body) => new UnexpectedStatus({ ...body, ...retryAfter(response, now)",
    tests: ["LeaksBroken"]
  }
]
