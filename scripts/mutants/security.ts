/** The mutants for SECURITY.md, grouped by the rows of its table. `Security.test.ts` compares them. */
import type { Mutant } from "./Mutant.ts"

/** The tests of replies that echo the request's secrets. */
const echoes = { test: "client/test/Leaks.test.ts", named: /422 that echoes/ }

/** The tests of a transport's errors that hold the whole request. */
const errors = { test: "client/test/Leaks.test.ts", named: /an error that holds everything/ }

export const security: Readonly<Record<string, ReadonlyArray<Mutant>>> = {
  "a failure: its message, cause, properties, JSON, inspection, a clone; with it `Cause`, `Exit`, spans, logs, reports":
    [
      {
        guard: "a failure does not hold a foreign error",
        find: "ConditionalExpression > CallExpression[callee.property.name=diagnose]",
        replace: (diagnosis) => `{ ...${diagnosis}, code: String(reason.cause) }`,
        ...errors
      },
      {
        guard: "a failure does not hold an unknown error code",
        find: "CallExpression[callee.object.name=knownCode][callee.property.name=test]",
        replace: "true",
        ...errors
      }
    ],

  "errors, defects and hanging interruptions of the injected transport, limiter, circuit breaker or token's effect": [
    {
      guard: "a defect of the transport becomes a failure without its content",
      find: "CallExpression[callee.property.name=hasDies]",
      replace: "false",
      test: "client/test/Leaks.test.ts",
      named: /a defect that holds everything/
    },
    {
      guard: "an interruption by the transport becomes a failure without its content",
      find: "ReturnStatement > ConditionalExpression > CallExpression[callee.property.name=hasInterrupts]",
      replace: "false",
      test: "client/test/LeaksBroken.test.ts"
    },
    {
      guard: "a failing effect for the token becomes a failure without its content",
      find: "NewExpression:has(Literal[value=TokenUnavailable])",
      replace: "exit",
      test: "client/test/LeaksBroken.test.ts"
    },
    {
      guard: "an error that a limiter throws becomes a failure without its content",
      find: "CallExpression:has(> ArrowFunctionExpression[body.callee.object.name=limiter]) > .callee",
      replace: "((consume) => consume())",
      test: "client/test/LeaksBroken.test.ts"
    },
    {
      guard: "a defect of a circuit breaker becomes a failure without its content",
      find: "CallExpression[callee.property.name=catchDefect]",
      replace: "(self) => self",
      test: "client/test/LeaksBroken.test.ts"
    },
    {
      guard: "headers are read only where their errors are caught",
      find: "ArrowFunctionExpression > BlockStatement > VariableDeclaration > VariableDeclarator[id.name=after] > .init",
      replace: "{ get retryAfter() { return retryAfter(headers, now).retryAfter } }",
      test: "client/test/LeaksBroken.test.ts"
    },
    {
      guard: "a header that throws gives no request id",
      find: "TryStatement:has(CallExpression[callee.callee.name=hide])",
      replace: (text) => text.replace(/^try/, "").replace(/ catch[^]*$/, ""),
      test: "client/test/LeaksBroken.test.ts"
    },
    {
      guard: "an error of a body's reader does not end the process",
      find: "CallExpression[callee.property.name=catch] > ArrowFunctionExpression:has(Identifier[name=onEnd])[params.0.name=cause]",
      replace: "(cause) => { throw cause }",
      test: "client/test/LeaksBroken.test.ts"
    }
  ],

  "a server's message that echoes them": [
    {
      guard: "an echoed token is masked",
      find: "CallExpression[callee.name=mask]",
      replace: "body",
      ...echoes
    },
    {
      guard: "an echoed OTP is masked",
      find: "CallExpression[callee.name=hiding] > ArrayExpression:has([name=otp])",
      replace: "[this.#token]",
      ...echoes
    },
    {
      guard: "an echoed secret is masked in the request's id",
      find: "ConditionalExpression > CallExpression[callee.type=CallExpression][callee.callee.name=hide]",
      replace: "id",
      test: "client/test/CallOptions.test.ts"
    },
    {
      guard: "an echoed secret is masked in a URL",
      find: "VariableDeclarator[id.name=writtenForms] CallExpression[callee.name=encodeURIComponent]",
      replace: "secret",
      ...echoes
    },
    {
      guard: "an echoed secret is masked in a form",
      find: "VariableDeclarator[id.name=writtenForms] CallExpression[callee.property.name=replaceAll]",
      replace: "secret",
      test: "core/test/Mask.test.ts"
    },
    {
      guard: "an echoed secret is masked in JSON",
      find: "VariableDeclarator[id.name=writtenForms] CallExpression[callee.property.name=slice]",
      replace: "secret",
      ...echoes
    },
    {
      guard: "an echoed secret is masked in hex",
      find: "CallExpression[callee.name=bytes][arguments.1.value=16]",
      replace: '""',
      ...echoes
    },
    {
      guard: "an echoed secret is masked in decimal",
      find: "CallExpression[callee.name=bytes][arguments.1.value=10]",
      replace: '""',
      test: "core/test/Mask.test.ts"
    },
    {
      guard: "an echoed secret is masked in groups",
      find: "CallExpression[callee.name=finderOfGroups]",
      replace: "() => {}",
      test: "core/test/Mask.test.ts"
    },
    {
      guard: "an echoed secret is masked in base64",
      find: "CallExpression[callee.object.name=encoded][callee.property.name=test]",
      replace: "false",
      ...echoes
    },
    {
      guard: "an echoed secret is masked in base64url",
      find: "VariableDeclarator[id.name=base64] ReturnStatement > ArrayExpression",
      replace: "[encoded]",
      ...echoes
    },
    {
      guard: "an echoed secret is masked below several escapes",
      find: "VariableDeclarator[id.name=hiding] IfStatement:has(> BreakStatement)",
      replace: "break",
      test: "core/test/Mask.test.ts"
    }
  ],

  "a decoding error that quotes the body": [
    {
      guard: "a body that can't be decoded is a typed failure",
      find: "CallExpression[callee.property.name=fail]:has(Literal[value=Undecodable])",
      replace: 'Effect.die("undecodable")',
      test: "client/test/Replies.test.ts"
    }
  ],

  "spans, metrics, the log of a retry, and the collector that they are sent to": [
    {
      guard: "the transport opens no span with the URL",
      find: "CallExpression[callee.property.name=add][arguments.1.property.name=TracerDisabledWhen]",
      replace: "context",
      test: "client/test/Tracing.test.ts"
    },
    {
      guard: "telemetry has only the path's template",
      find: 'Property[key.value="url.template"]',
      replace: (template) => `${template}, "url.full": address + path`,
      test: "client/test/Tracing.test.ts"
    }
  ],

  "code that prints headers": [
    {
      guard: "the headers with the token and the OTP are redacted",
      find: "SpreadElement[argument.name=secretHeaders]",
      replace: '"x-other"',
      test: "client/test/OtpsClient.test.ts"
    }
  ],

  "a redirect to another path, port, host or scheme": [
    {
      guard: "no redirect is followed",
      find: "Property[key.name=redirect] > .value",
      replace: '"follow"',
      test: "client/test/Wire.test.ts"
    }
  ],

  "cookies, `Referer`, trace headers, a cache": [
    {
      guard: "no cookie is sent or kept",
      find: "Property[key.name=credentials] > .value",
      replace: '"include"',
      test: "client/test/OtpsClient.test.ts"
    },
    {
      guard: "no Referer is sent",
      find: "Property[key.name=referrerPolicy] > .value",
      replace: '"unsafe-url"',
      test: "client/test/OtpsClient.test.ts"
    },
    {
      guard: "nothing is cached",
      find: "Property[key.name=cache] > .value",
      replace: '"default"',
      test: "client/test/OtpsClient.test.ts"
    },
    {
      guard: "no other fetch setting overrides the guards",
      find: "VariableDeclarator[id.name=guarding] ObjectExpression:has(> SpreadElement)",
      replace: "{ ...known, ...init }",
      test: "client/test/OtpsClient.test.ts"
    }
  ],

  "a path that is not the OTP's (`..`, `/`, `?`)": [
    {
      guard: "no OTP is `..` in the path",
      find: 'LogicalExpression[right.right.value=".."]',
      replace: "false",
      test: "schema/test/Otp.test.ts"
    },
    {
      guard: "an OTP is one segment of the path only",
      find: "CallExpression[callee.name=encodeURIComponent][arguments.0.name=otp]",
      replace: "otp",
      test: "client/test/Wire.test.ts"
    }
  ],

  "a line break, which adds another header": [
    {
      guard: "a client checks its token",
      find: "VariableDeclarator[id.name=problem] > CallExpression[callee.property.name=problem][arguments.0.name=token]",
      replace: "undefined",
      test: "schema/test/AuthToken.test.ts"
    },
    {
      guard: "a secret has no line break",
      find: "IfStatement:has(BlockStatement Literal[value=/line break at its end/])",
      replace: "",
      test: "schema/test/AuthToken.test.ts"
    }
  ],

  "an error about a setting, from code or `Config`; `http:` to the network": [
    {
      guard: "a base URL is valid",
      find: "UnaryExpression:has(> CallExpression[callee.property.name=canParse])",
      replace: "false",
      test: "client/test/LeaksSettings.test.ts"
    },
    {
      guard: "a base URL has no credentials",
      find: "LogicalExpression[left.left.property.name=username]",
      replace: "false",
      test: "client/test/LeaksSettings.test.ts"
    },
    {
      guard: "a base URL has no query",
      find: 'IfStatement > CallExpression[callee.object.regex.pattern="[?#]"]',
      replace: "false",
      test: "client/test/LeaksSettings.test.ts"
    },
    {
      guard: "the token travels over TLS, except to loopback",
      find: "LogicalExpression[right.argument.callee.name=isLoopback]",
      replace: "false",
      test: "client/test/OtpsClient.test.ts"
    }
  ],

  "the program itself, which prints, logs or encodes the values": [
    {
      guard: "Schema does not encode an OTP",
      find: "CallExpression[callee.property.name=forbidden]:has(Literal[value=/^An OTP is not encoded/])",
      replace: "SchemaGetter.transform((otp) => Redacted.value(otp))",
      test: "schema/test/Otp.test.ts"
    },
    {
      guard: "a list of recovery codes prints as redacted",
      find: 'MethodDefinition[key.name=toJSON] Literal[value="<redacted>"]',
      replace: "this.#codes",
      test: "schema/test/RecoveryCodeList.test.ts"
    },
    {
      guard: "the codes of a list are private",
      find: "AssignmentExpression[left.property.type=PrivateIdentifier][left.property.name=codes]",
      replace: (assignment) => `Object.assign(this, { codes: (${assignment}) })`,
      test: "schema/test/RecoveryCodeList.test.ts"
    },
    {
      guard: "each recovery code is redacted",
      find: "ClassDeclaration[id.name=RecoveryCodeList] CallExpression[callee.object.name=Redacted][callee.property.name=make]",
      replace: "Redacted.make(code, { label: code })",
      test: "schema/test/RecoveryCodeList.test.ts"
    }
  ],

  "a repetition": [
    {
      guard: "only a read is repeated when its outcome is unknown",
      find: "VariableDeclarator[id.name=mayRepeat] BinaryExpression[right.value=Read]",
      replace: "true",
      test: "client/test/RetryPolicy.test.ts"
    },
    {
      guard: "an error of another request is no evidence",
      find: "CallExpression[callee.name=isErrorOf]",
      replace: "true",
      test: "client/test/Outcomes.test.ts"
    },
    {
      guard: "only JSON counts as a reply of the API",
      find: "CallExpression[callee.name=isJson]:has(Literal[value='content-type'])",
      replace: "true",
      test: "client/test/Outcomes.test.ts"
    },
    {
      guard: "a 200 that is not from the API is no success",
      find: "CallExpression[callee.property.name=mapError][arguments.0.name=empty]",
      replace: "Effect.ignore(empty)",
      test: "client/test/Wire.test.ts"
    },
    {
      guard: "a later try does not make an earlier effect certain not to have happened",
      find: "LogicalExpression > UnaryExpression[argument.name=isEffect]",
      replace: "true",
      test: "client/test/Outcomes.test.ts"
    },
    {
      guard: "no try begins after the deadline",
      find: "IfStatement > BinaryExpression[left.callee.name=remaining][right.value=0]",
      replace: "false",
      test: "client/test/Outcomes.test.ts"
    },
    {
      guard: "an errno is no evidence without its syscall",
      find: "LogicalExpression > BinaryExpression[left.name=syscall][right.value=connect]",
      replace: '(code === "ECONNREFUSED" || syscall === "connect")',
      test: "core/test/TransportError.test.ts"
    }
  ],

  "terminal escapes, hidden or reversed text, endless text": [
    {
      guard: "no control character reaches a terminal",
      find: "CallExpression[callee.property.name=replace][arguments.0.name=unsafe]",
      replace: "hidden",
      test: "core/test/Mask.test.ts"
    },
    {
      guard: "messages are bounded in length",
      find: "BinaryExpression[right.name=maxLength]",
      replace: "false",
      test: "core/test/Mask.test.ts"
    },
    {
      guard: "messages are bounded in number",
      find: "VariableDeclarator[id.name=mask] CallExpression[callee.property.name=slice][callee.object.name=errors]",
      replace: "errors",
      test: "core/test/Mask.test.ts"
    }
  ],

  "a server that never ends, or a store that never answers": [
    {
      guard: "each try has a deadline",
      find: "CallExpression[callee.property.name=min] > MemberExpression[property.name=attemptTimeout]",
      replace: "Infinity",
      test: "client/test/RetryPolicy.test.ts"
    },
    {
      guard: "the call's deadline covers its tries",
      find: "CallExpression[callee.property.name=min]:has(MemberExpression[property.name=attemptTimeout]) > CallExpression[callee.name=remaining]",
      replace: "Infinity",
      test: "client/test/OtpsClient.test.ts"
    },
    {
      guard: "the deadline ends a call whose transport can't be interrupted",
      find: "ExpressionStatement > CallExpression[callee.name=resume]:has(Identifier[name=undefined])",
      replace: (resume) => `fiber.addObserver(() => ${resume})`,
      test: "client/test/internal/deadline.test.ts"
    },
    {
      guard: "a store that hangs delays a try by its timeout only",
      find: "Property[key.name=duration] > Identifier[name=storeTimeout]",
      replace: "Duration.infinity",
      test: "client/test/Limits.test.ts"
    },
    {
      guard: "a store that hangs delays a call by its timeout only",
      find: "Property[key.name=duration] > CallExpression:has(> Identifier[name=storeTimeout])",
      replace: "Duration.infinity",
      test: "client/test/Limits.test.ts"
    }
  ],

  "an endless body, or a compression bomb": [
    {
      guard: "a body is bounded",
      find: "ReturnStatement > BinaryExpression[left.name=size]",
      replace: "true",
      test: "client/test/Replies.test.ts"
    },
    {
      guard: "a body that is too large is cancelled",
      find: "ExpressionStatement > CallExpression[callee.name=stop]",
      replace: "undefined",
      test: "client/test/internal/attempt.test.ts"
    },
    {
      guard: "an incomplete request is aborted",
      find: "ConditionalExpression[alternate.callee.property.name=close]",
      replace: "Effect.void",
      test: "client/test/internal/attempt.test.ts"
    }
  ],

  "HTTP or JSON that is broken on purpose": [
    {
      guard: "a request that has failed by itself is not aborted",
      find: "MethodDefinition[key.name=handleError] AssignmentExpression[left.property.name=isComplete]",
      replace: "undefined",
      test: "client/test/internal/attempt.test.ts"
    },
    {
      guard: "a body is UTF-8",
      find: "Property[key.name=fatal] > .value",
      replace: "false",
      test: "client/test/Replies.test.ts"
    },
    {
      guard: "a body of another content type is not read",
      find: "UnaryExpression:has(> CallExpression[callee.name=isJson])",
      replace: "false",
      test: "client/test/Replies.test.ts"
    },
    {
      guard: "a lost connection may have carried the request",
      find: "VariableDeclarator[id.name=diagnoseCode] ConditionalExpression Property[key.name=outcome] > .value",
      replace: '"NotApplied"',
      test: "core/test/TransportError.test.ts"
    },
    {
      guard: "an unknown error has an unknown outcome",
      find: "VariableDeclarator[id.name=diagnose] Property[key.name=outcome] > .value",
      replace: '"NotApplied"',
      test: "core/test/TransportError.test.ts"
    }
  ]
}
