/** A guard, how it is taken out, and which tests have to miss it. */
export interface Mutant {
  /** What the guard keeps from happening. */
  readonly guard: string
  /** Where it stands, below `packages/`. */
  readonly file: string
  /** The code that is it; several pieces are all taken out. */
  readonly find: string | ReadonlyArray<string>
  /** What stands there instead. */
  readonly replace: string
  /** The names of the test files that show it. */
  readonly tests: ReadonlyArray<string>
  /** The package of those test files. Default: the client's. */
  readonly in?: "schema" | "client" | "emulator" | "cli"
}

/** The pieces of a guard. */
export const wherever = (find: Mutant["find"]): ReadonlyArray<string> => (typeof find === "string" ? [find] : find)
