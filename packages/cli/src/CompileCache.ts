/**
 * The folder where Node caches this program's compiled code, so that it starts faster the next time.
 */
import { statSync } from "node:fs"
import * as path from "node:path"
import { getuid } from "node:process"

type Variables = Readonly<Record<string, string | undefined>>

/** The path segments of the user's own cache folder. */
const userCaches = (platform: string, env: Variables): ReadonlyArray<string | undefined> => {
  switch (platform) {
    case "win32":
      return [env["LOCALAPPDATA"]]
    case "darwin":
      return [env["HOME"], "Library", "Caches"]
    default:
      // The XDG Base Directory Specification says to ignore a relative path.
      return path.isAbsolute(env["XDG_CACHE_HOME"] ?? "") ? [env["XDG_CACHE_HOME"]] : [env["HOME"], ".cache"]
  }
}

/**
 * Finds a folder in the user's own cache folder. Node runs the cached code without checks, in a program that holds a token. So
 * the code must never come from a place that other users can write to, such as Node's default: the system's temporary folder.
 *
 * @param platform the system, as in `process.platform`
 * @param env the environment
 * @param user the user's ID, on systems that have one
 * @returns `undefined` when there is no such folder, or when another user owns it, as with `sudo`
 */
export const folder = (platform: string, env: Variables, user: number | undefined = getuid?.()): string | undefined => {
  const [root, ...below] = userCaches(platform, env)
  if (root === undefined || root === "") return undefined
  if (user !== undefined && statSync(root, { throwIfNoEntry: false })?.uid !== user) return undefined
  return path.join(root, ...below.flatMap((name) => name ?? []), "metal-otp")
}
