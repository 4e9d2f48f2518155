/**
 * The versions of Node that this program runs on.
 */
import { programName } from "./ProgramName.ts"

const minimum = [22, 19] as const

/**
 * Says what is wrong with a version of Node, or returns `undefined` if the program runs on it.
 *
 * @param version as in `process.versions.node`
 */
export const problem = (version: string): string | undefined => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const isSupported = major > minimum[0] || (major === minimum[0] && minor >= minimum[1])
  return isSupported ? undefined : `${programName} needs Node ${minimum.join(".")} or newer. This is Node ${version}.`
}
