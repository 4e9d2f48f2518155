/**
 * The command that starts this program, for hints that the user can copy.
 */

/** How the user started the program. */
export interface Start {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The path of the script that runs: `process.argv[1]`. */
  readonly script: string
}

/**
 * Returns the command that starts the program again: `metal-otp`, or `npx @metal-otp/cli` after a start with npx, which puts no
 * `metal-otp` on the user's `PATH`.
 *
 * @param start how the user started the program
 */
export const nameOf = ({ environment, script }: Start): string => {
  const path = script.replaceAll("\\", "/")
  const isInstalled = /\/node_modules\/(?:\.bin\/metal-otp|@metal-otp\/cli\/)/.test(path)
  // npx runs a package from its cache `_npx`, or the project's own copy. The variable alone proves nothing: an outer npx may
  // have set it for another program.
  const byNpx = isInstalled && (path.includes("/_npx/") || environment["npm_command"] === "exec")
  return byNpx ? "npx @metal-otp/cli" : "metal-otp"
}

/** The command that starts this program again. */
export const programName: string = nameOf({ environment: process.env, script: process.argv[1] ?? "" })
