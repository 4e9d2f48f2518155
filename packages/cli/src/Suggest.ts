/**
 * Suggests commands and flags for a misspelt word. It returns names of this program only, never the word itself, which may be a
 * misplaced secret.
 */
import type * as Completions from "effect/cli/Completions"
import { programName } from "./ProgramName.ts"

type Descriptor = Completions.CommandDescriptor

/** The optimal string alignment distance: how many letters are added, missing, replaced or swapped. */
const distance = (a: string, b: string): number => {
  let twoAbove: ReadonlyArray<number> = []
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = a[i - 1] === b[j - 1] ? 0 : 1
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        (above[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (above[j - 1] ?? 0) + replaced,
        isSwapped ? (twoAbove[j - 2] ?? 0) + 1 : Infinity
      )
    }
    twoAbove = above
    above = row
  }
  return above[b.length] ?? 0
}

/** The names with the smallest distance to the word. If none is near, the names that begin with the word. */
const nearest = (word: string, names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const unique = [...new Set(names)]
  const lower = word.toLowerCase()
  const ranked = unique.map((name) => ({ name, distance: distance(lower, name) }))
  const smallest = Math.min(...ranked.map(({ distance }) => distance))
  if (smallest <= (lower.length <= 3 ? 1 : 2)) {
    return ranked.filter(({ distance }) => distance === smallest).map(({ name }) => name)
  }
  return lower.length < 2 ? [] : unique.filter((name) => name.startsWith(lower))
}

/** The commands that a path names, from the root on. */
const commandsOnPath = (root: Descriptor, path: ReadonlyArray<string>): ReadonlyArray<Descriptor> => {
  const commands = [root]
  for (const name of path.slice(1))
    commands.push(...(commands.at(-1)?.subcommands.filter((command) => command.name === name) ?? []))
  return commands
}

/** The flags that Effect adds to every command. */
const builtInFlags = ["help", "version", "completions"]

/**
 * Suggests flags.
 *
 * @param root the root command
 * @param path the names of the commands before the word
 * @param word the misspelt flag, with its dashes
 */
export const flags = (root: Descriptor, path: ReadonlyArray<string>, word: string): ReadonlyArray<string> => {
  const known = commandsOnPath(root, path).flatMap((command) => command.flags)
  const short = /^-([a-z])$/i.exec(word)?.[1]?.toLowerCase()
  if (short !== undefined) {
    return known.some(({ aliases }) => aliases.includes(short)) || short === "h" || short === "v" ? [`-${short}`] : []
  }
  const name = word.replace(/^-+/, "")
  return nearest(name, [...known.map((flag) => flag.name), ...builtInFlags]).map((found) => `--${found}`)
}

/** All subcommands below a command, with their paths. */
const descendants = (
  command: Descriptor,
  path: string
): ReadonlyArray<{ readonly name: string; readonly path: string }> =>
  command.subcommands.flatMap((child) => [
    { name: child.name, path: `${path} ${child.name}` },
    ...descendants(child, `${path} ${child.name}`)
  ])

/**
 * Suggests commands: first those that could stand in this place, then other commands with their paths, then a flag for a command
 * that other programs have, such as `help`.
 *
 * @param root the root command
 * @param path the names of the commands before the word
 * @param word the misspelt command
 */
export const commands = (root: Descriptor, path: ReadonlyArray<string>, word: string): ReadonlyArray<string> => {
  const here = nearest(
    word,
    commandsOnPath(root, path)
      .at(-1)
      ?.subcommands.map(({ name }) => name) ?? []
  )
  if (here.length > 0) return here
  const all = descendants(root, programName)
  const names = nearest(
    word,
    all.map(({ name }) => name)
  )
  if (names.length > 0) return all.filter(({ name }) => names.includes(name)).map((found) => found.path)
  return nearest(word, builtInFlags).map((name) => `${programName} --${name}`)
}
