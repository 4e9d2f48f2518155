/** Mutants: a guard, the code that replaces it, and the test that has to fail without it. */
import { Predicate, Result } from "effect"
import esquery from "esquery"
import { globSync, readFileSync } from "node:fs"
import { parseAst } from "vitest/node"

export interface Mutant {
  /** The property that the guard keeps. */
  readonly guard: string
  /**
   * The selector of the guard's node in the syntax tree, as in ESLint's rules. It describes the code, not its file or
   * line, and has to match exactly one place in the sources.
   */
  readonly find: string
  /** The sources to search. With `effect3` the test runs on the client for Effect 3. Default: `product`. */
  readonly of?: "product" | "effect3" | "login"
  /** The code instead of the guard, or a function that makes it from the guard's code. */
  readonly replace: string | ((code: string) => string)
  /** The end of the path of the test's file, such as `core/test/Mask.test.ts`. */
  readonly test: string
  /** The names of the tests to run in that file. Default: all. */
  readonly named?: RegExp
}

/** The code of a guard. */
export interface Place {
  /** The path from the repository's root. */
  readonly file: string
  readonly start: number
  readonly end: number
}

const root = `${import.meta.dirname}/../..`

/** Paths from the repository's root, with slashes on Windows too. */
export const filesOf = (pattern: string): ReadonlyArray<string> =>
  globSync(pattern, { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .toSorted()

type Node = Parameters<typeof esquery>[0] & { readonly start: number; readonly end: number }

const isNode = (u: unknown): u is Node =>
  Predicate.hasProperty(u, "type") && Predicate.hasProperty(u, "start") && Predicate.hasProperty(u, "end")

const parse = (file: string) => {
  const tree: unknown = parseAst(readFileSync(`${root}/${file}`, "utf8"), { lang: "ts", preserveParens: false }, file)
  return isNode(tree) ? [{ file, tree }] : []
}

const sources = {
  /** The packages of the client for Effect 4, which SECURITY.md is about. */
  product: filesOf("packages/{schema,core,client}/src/**/*.ts").flatMap(parse),
  effect3: filesOf("packages/effect3/src/**/*.ts").flatMap(parse),
  login: filesOf("examples/login/src/**/*.ts").flatMap(parse)
}

const tests = filesOf("{packages/*,examples/login}/test/**/*.test.ts")

/** The only item. Fails unless there is exactly one. */
const only = <A>(items: ReadonlyArray<A>, search: string): Result.Result<A, string> => {
  const [item] = items
  return item !== undefined && items.length === 1
    ? Result.succeed(item)
    : Result.fail(`${search} matches ${items.length} places, and has to match one`)
}

/** Finds the code of a mutant's guard. */
export const locate = ({ find, of = "product" }: Mutant): Result.Result<Place, string> =>
  only(
    sources[of].flatMap(({ file, tree }) =>
      esquery(tree, find)
        .filter(isNode)
        .map(({ end, start }) => ({ file, start, end }))
    ),
    find
  )

/** Finds the file of a mutant's test. */
export const testOf = ({ test }: Mutant): Result.Result<string, string> =>
  only(
    tests.filter((file) => file.endsWith(`/${test}`)),
    test
  )

/** The code of a module without the guard. */
export const without = ({ replace }: Mutant, { end, start }: Place, code: string): string =>
  code.slice(0, start) + (typeof replace === "string" ? replace : replace(code.slice(start, end))) + code.slice(end)
