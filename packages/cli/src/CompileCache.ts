/**
 * Where Node keeps this program compiled, so that it starts sooner the next time.
 */
import { statSync } from "node:fs"
import * as path from "node:path"
import { getuid } from "node:process"

type Variables = Readonly<Record<string, string | undefined>>

/** Where a system has the caches of its user. */
const caches = (platform: string, env: Variables): ReadonlyArray<string | undefined> => {
  switch (platform) {
    case "win32":
      return [env["LOCALAPPDATA"]]
    case "darwin":
      return [env["HOME"], "Library", "Caches"]
    default:
      // What is not absolute does not count (XDG Base Directory Specification).
      return path.isAbsolute(env["XDG_CACHE_HOME"] ?? "") ? [env["XDG_CACHE_HOME"]] : [env["HOME"], ".cache"]
  }
}

/**
 * A folder below the user's own caches. Compiled code is run as it is found, by
 * a program that holds a token: it is never taken from a place that others write
 * to, as Node's default, the system's folder for temporary files.
 *
 * @param platform the system, as `process.platform` names it
 * @param env the environment
 * @param user the user's number, where the system has them
 * @returns nothing where there is no such place, or it is somebody else's, as with `sudo`
 */
export const folder = (platform: string, env: Variables, user: number | undefined = getuid?.()): string | undefined => {
  const [root, ...below] = caches(platform, env)
  if (root === undefined || root === "") return undefined
  if (user !== undefined && statSync(root, { throwIfNoEntry: false })?.uid !== user) return undefined
  return path.join(root, ...below.flatMap((name) => name ?? []), "metal-otp")
}
