/** A guard, how it is taken out, and the test that has to miss it. */
import { Predicate, Result } from "effect"
import esquery from "esquery"
import { globSync, readFileSync } from "node:fs"
import { parseAst } from "vitest/node"

export interface Mutant {
  /** What the guard keeps from happening. */
  readonly guard: string
  /**
   * Which piece of code is taken out: a selector of its node in the syntax tree, as in ESLint's rules. It names the
   * guard by what it is, and not by the file or line in which it stands, and has to find one place in all of the product,
   * or of the example.
   */
  readonly find: string
  /** What the guard is of, and with the client for Effect 3 the test too. Default: the product. */
  readonly of?: "product" | "effect3" | "login"
  /** What stands there instead, or makes that from the code that stands there. */
  readonly replace: string | ((code: string) => string)
  /** The file of the test that shows it, below `packages/` or `examples/`, from any folder on. */
  readonly test: string
  /** Which of its tests are run, by their names. Default: all. */
  readonly named?: RegExp
}

/** The one piece of code that a mutant takes out. */
export interface Place {
  /** Below the repository. */
  readonly file: string
  readonly start: number
  readonly end: number
}

const root = `${import.meta.dirname}/../..`

/** Files below the repository, named the same on Windows. */
export const filesOf = (pattern: string): ReadonlyArray<string> =>
  globSync(pattern, { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted()

type Placed = Parameters<typeof esquery>[0] & { readonly start: number; readonly end: number }

const isNode = (u: unknown): u is Placed =>
  Predicate.hasProperty(u, "type") && Predicate.hasProperty(u, "start") && Predicate.hasProperty(u, "end")

const parse = (file: string) => {
  const tree: unknown = parseAst(readFileSync(`${root}/${file}`, "utf8"), { lang: "ts", preserveParens: false }, file)
  return isNode(tree) ? [{ file, tree }] : []
}

const sources = {
  /** What SECURITY.md promises of: all but the emulator, the command line and the client for Effect 3. */
  product: filesOf("packages/{schema,core,client}/src/**/*.ts").flatMap(parse),
  effect3: filesOf("packages/effect3/src/**/*.ts").flatMap(parse),
  login: filesOf("examples/login/src/**/*.ts").flatMap(parse)
}

const tests = filesOf("{packages/*,examples/login}/test/**/*.test.ts")

/** The only one of those that are found, or what is wrong. */
const only = <A>(found: ReadonlyArray<A>, what: string): Result.Result<A, string> => {
  const [one] = found
  return one !== undefined && found.length === 1
    ? Result.succeed(one)
    : Result.fail(`${what} is found in ${found.length} places`)
}

/** Where a mutant's guard stands. */
export const locate = ({ find, of = "product" }: Mutant): Result.Result<Place, string> =>
  only(
    sources[of].flatMap(({ file, tree }) =>
      esquery(tree, find)
        .filter(isNode)
        .map(({ end, start }) => ({ file, start, end }))
    ),
    find
  )

/** The file of a mutant's test, below the repository. */
export const testOf = ({ test }: Mutant): Result.Result<string, string> =>
  only(
    tests.filter((file) => file.endsWith(`/${test}`)),
    test
  )

/** A module's code without the guard. */
export const without = ({ replace }: Mutant, { end, start }: Place, code: string): string =>
  code.slice(0, start) + (typeof replace === "string" ? replace : replace(code.slice(start, end))) + code.slice(end)
