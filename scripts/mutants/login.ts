/** The mutants of `examples/login`. People copy it, so each of its guards has a test that fails without it. */
import type { Mutant } from "./Mutant.ts"

const of = "login"

export const login: ReadonlyArray<Mutant> = [
  {
    guard: "what people type is escaped in HTML",
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
    guard: "scripts can't read the cookie",
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
    guard: "forms of other sites don't send the cookie",
    of,
    find: "Property[key.name=sameSite] > .value",
    replace: '"none"',
    test: "login/test/Guard.test.ts",
    named: /^the cookie/
  },
  {
    guard: "a session ends when another one replaces it",
    of,
    find: "YieldExpression[argument.callee.name=end][argument.arguments.0.name=old]",
    replace: "undefined",
    test: "login/test/Sessions.test.ts"
  },
  {
    guard: "nobody can use a session with what the store holds",
    of,
    find: "NewExpression[callee.name=Key] Property[key.name=hash]",
    replace: "hash: (hash, Redacted.value(id))",
    test: "login/test/Sessions.test.ts"
  },
  {
    guard: "the password alone does not sign in",
    of,
    find: "BinaryExpression[left.object.name=session][left.property.name=stage]",
    replace: "true",
    test: "login/test/Mocked.test.ts",
    named: /^the password/
  },
  {
    guard: "a user with a second factor has to use it",
    of,
    find: "VariableDeclarator[id.name=signIn] ConditionalExpression > Literal[value=Password]",
    replace: '"SignedIn"',
    test: "login/test/Mocked.test.ts",
    named: /^the password/
  },
  {
    guard: "guesses of passwords are limited",
    of,
    find: "YieldExpression[argument.callee.property.name=password]",
    replace: "undefined",
    test: "login/test/Guard.test.ts",
    named: /^guesses/
  },
  {
    guard: "guesses of codes are limited",
    of,
    find: "VariableDeclarator[id.name=verify] YieldExpression[argument.callee.name=code]",
    replace: "undefined",
    test: "login/test/Guard.test.ts",
    named: /^guesses/
  },
  {
    guard: "no password matches an unknown user",
    of,
    find: "LogicalExpression[left.name=isSame]",
    replace: "isSame",
    test: "login/test/Passwords.test.ts"
  },
  {
    guard: "new recovery codes need a code",
    of,
    find: "VariableDeclarator[id.name=replacement] YieldExpression[argument.callee.name=verify]",
    replace: "undefined",
    test: "login/test/Emulated.test.ts",
    named: /^new recovery codes/
  },
  {
    guard: "an old session turns nothing on or off",
    of,
    find: "BinaryExpression[right.name=recently]",
    replace: "true",
    test: "login/test/Factors.test.ts",
    named: /^a user who signed in long ago/
  },
  {
    guard: "the site learns what the API did when the browser disconnects",
    of,
    find: "Property[key.name=uninterruptible] > .value",
    replace: "false",
    test: "login/test/Factors.test.ts",
    named: /^an app/
  },
  {
    guard: "no factor counts as on or off without evidence",
    of,
    find: "BinaryExpression[left.name=found][right.name=isOn]",
    replace: "false",
    test: "login/test/Factors.test.ts",
    named: /^after a lost reply/
  },
  {
    guard: "no form redirects to another site",
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
