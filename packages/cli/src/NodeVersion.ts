/**
 * The versions of Node that this program runs on.
 */
import { programName } from "./ProgramName.ts"

const minimumMajor = 22
const minimumMinor = 19

/** The oldest version that the program runs on. */
export const minimum = `${minimumMajor}.${minimumMinor}`

/**
 * Whether the program runs on a version of Node.
 *
 * @param version as in `process.versions.node`
 */
export const isSupported = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > minimumMajor || (major === minimumMajor && minor >= minimumMinor)
}

/**
 * Says what is wrong with a version of Node, or returns `undefined` if the program runs on it.
 *
 * @param version as in `process.versions.node`
 */
export const problem = (version: string): string | undefined =>
  isSupported(version) ? undefined : `${programName} needs Node ${minimum} or newer. This is Node ${version}.`
