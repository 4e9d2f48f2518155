/** What takes the guards of `examples/login` out: people copy it, so each of them is one that a test misses. */
import type { Mutant } from "./Mutant.ts"

const of = "login"

export const login: ReadonlyArray<Mutant> = [
  {
    guard: "what people type is text, and no HTML",
    of,
    find: "VariableDeclarator[id.name=escape] CallExpression",
    replace: "text",
    test: "login/test/Html.test.ts"
  },
  {
    guard: "forms come from the site's own pages",
    of,
    find: "VariableDeclarator[id.name=isOwn] LogicalExpression",
    replace: "true",
    test: "login/test/Guard.test.ts",
    named: /^forms/
  },
  {
    guard: "forms carry the visitor's token",
    of,
    find: "UnaryExpression[argument.callee.property.name=timingSafeEqual]",
    replace: "false",
    test: "login/test/Guard.test.ts",
    named: /^forms/
  },
  {
    guard: "no script sees the cookie",
    of,
    find: "Property[key.name=httpOnly] > .value",
    replace: "false",
    test: "login/test/Guard.test.ts",
    named: /^the cookie/
  },
  {
    guard: "the cookie travels over TLS only",
    of,
    find: "Property[key.name=secure] > .value",
    replace: "false",
    test: "login/test/Guard.test.ts",
    named: /^the cookie/
  },
  {
    guard: "no form of another site brings the cookie",
    of,
    find: "Property[key.name=sameSite] > .value",
    replace: '"none"',
    test: "login/test/Guard.test.ts",
    named: /^the cookie/
  },
  {
    guard: "a session that another one replaces is over",
    of,
    find: "YieldExpression[argument.callee.name=end][argument.arguments.0.name=old]",
    replace: "undefined",
    test: "login/test/Sessions.test.ts"
  },
  {
    guard: "who reads the store can't sign in with what is there",
    of,
    find: "NewExpression[callee.name=Key] Property[key.name=hash]",
    replace: "hash: (hash, Redacted.value(id))",
    test: "login/test/Sessions.test.ts"
  },
  {
    guard: "half of a sign-in is none",
    of,
    find: "BinaryExpression[left.object.name=session][left.property.name=stage]",
    replace: "true",
    test: "login/test/Mocked.test.ts",
    named: /^the password/
  },
  {
    guard: "whoever has a second factor is asked for it",
    of,
    find: "VariableDeclarator[id.name=signIn] ConditionalExpression > Literal[value=Password]",
    replace: '"SignedIn"',
    test: "login/test/Mocked.test.ts",
    named: /^the password/
  },
  {
    guard: "nobody guesses passwords without end",
    of,
    find: "YieldExpression[argument.callee.property.name=password]",
    replace: "undefined",
    test: "login/test/Guard.test.ts",
    named: /^guesses/
  },
  {
    guard: "nobody guesses codes without end",
    of,
    find: "VariableDeclarator[id.name=verify] YieldExpression[argument.callee.name=code]",
    replace: "undefined",
    test: "login/test/Guard.test.ts",
    named: /^guesses/
  },
  {
    guard: "nobody has no password",
    of,
    find: "LogicalExpression[left.name=isSame]",
    replace: "isSame",
    test: "login/test/Passwords.test.ts"
  },
  {
    guard: "recovery codes cost a code of now",
    of,
    find: "VariableDeclarator[id.name=replacement] YieldExpression[argument.callee.name=verify]",
    replace: "undefined",
    test: "login/test/Emulated.test.ts",
    named: /^new recovery codes/
  },
  {
    guard: "a session that was left open turns nothing on or off",
    of,
    find: "BinaryExpression[right.name=recently]",
    replace: "true",
    test: "login/test/Factors.test.ts",
    named: /^who has signed in long ago/
  },
  {
    guard: "what the API has done is known though the browser goes away",
    of,
    find: "Property[key.name=uninterruptible] > .value",
    replace: "false",
    test: "login/test/Factors.test.ts",
    named: /^an app/
  },
  {
    guard: "nothing is taken for on or off without evidence",
    of,
    find: "BinaryExpression[left.name=found][right.name=isOn]",
    replace: "false",
    test: "login/test/Factors.test.ts",
    named: /^a reply that is lost/
  },
  {
    guard: "no form leads to another site",
    of,
    find: "Property[key.name=next][value.name=Path] > .value",
    replace: "Schema.String",
    test: "login/test/Guard.test.ts",
    named: /^a redirect/
  },
  {
    guard: "no cache keeps a page",
    of,
    find: 'VariableDeclarator[id.name=headers] Property[key.value="cache-control"] > .value',
    replace: '"public"',
    test: "login/test/Guard.test.ts",
    named: /^each reply/
  }
]
