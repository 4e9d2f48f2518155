/**
 * What this program is called by, for hints that can be copied.
 */

/** What a person started it with, as far as that can be seen. */
export interface Start {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The path of the script that runs: `process.argv[1]`. */
  readonly script: string
}

/**
 * The words that start it again: `npx @metal-otp/cli` where npx did, since there
 * is no `metal-otp` on the path then.
 *
 * @param start how it was started
 */
export const nameOf = ({ environment, script }: Start): string => {
  const path = script.replaceAll("\\", "/")
  const isInstalled = /\/node_modules\/(?:\.bin\/metal-otp|@metal-otp\/cli\/)/.test(path)
  // npx keeps what it has fetched in `_npx`, and runs what a project has installed from there. The variable alone may be of
  // an outer npx, that has started something else.
  const byNpx = isInstalled && (path.includes("/_npx/") || environment["npm_command"] === "exec")
  return byNpx ? "npx @metal-otp/cli" : "metal-otp"
}

/** The words that start this program again. */
export const name: string = nameOf({ environment: process.env, script: process.argv[1] ?? "" })
