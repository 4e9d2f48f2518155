/**
 * What may have been meant by a word that no command and no flag has. Only names
 * of this program are told, never the word: it may be a secret in the wrong place.
 */
import type * as Completions from "effect/cli/Completions"
import * as Program from "./Program.ts"

type Descriptor = Completions.CommandDescriptor

// Letters that are added, left out, exchanged, or in each other's place (optimal string alignment).
const distance = (a: string, b: string): number => {
  let before: ReadonlyArray<number> = []
  let above = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        (above[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (above[j - 1] ?? 0) + same,
        swapped ? (before[j - 2] ?? 0) + 1 : Infinity
      )
    }
    before = above
    above = row
  }
  return above[b.length] ?? 0
}

const nearest = (word: string, all: ReadonlyArray<string>): ReadonlyArray<string> => {
  const names = [...new Set(all)]
  const lower = word.toLowerCase()
  const ranked = names.map((name) => ({ name, away: distance(lower, name) }))
  const best = Math.min(...ranked.map(({ away }) => away))
  if (best <= (lower.length <= 3 ? 1 : 2)) return ranked.filter(({ away }) => away === best).map(({ name }) => name)
  return lower.length < 2 ? [] : names.filter((name) => name.startsWith(lower))
}

/** The commands on the way, the root first. */
const along = (root: Descriptor, path: ReadonlyArray<string>): ReadonlyArray<Descriptor> => {
  const way = [root]
  for (const name of path.slice(1))
    way.push(...(way.at(-1)?.subcommands.filter((command) => command.name === name) ?? []))
  return way
}

const builtIns = ["help", "version", "completions"]

/**
 * Flags like a word.
 *
 * @param root the whole program
 * @param path the names of the commands before the word
 * @param word as it was typed, with its dashes
 */
export const flags = (root: Descriptor, path: ReadonlyArray<string>, word: string): ReadonlyArray<string> => {
  const known = along(root, path).flatMap((command) => command.flags)
  const short = /^-([a-z])$/i.exec(word)?.[1]?.toLowerCase()
  if (short !== undefined) {
    return known.some(({ aliases }) => aliases.includes(short)) || short === "h" || short === "v" ? [`-${short}`] : []
  }
  const name = word.replace(/^-+/, "")
  return nearest(name, [...known.map((flag) => flag.name), ...builtIns]).map((found) => `--${found}`)
}

const everywhere = (
  command: Descriptor,
  path: string
): ReadonlyArray<{ readonly name: string; readonly path: string }> =>
  command.subcommands.flatMap((child) => [
    { name: child.name, path: `${path} ${child.name}` },
    ...everywhere(child, `${path} ${child.name}`)
  ])

/**
 * Commands like a word: those that could stand there, else those elsewhere, with
 * their path, else a flag that does what other programs have a command for.
 *
 * @param root the whole program
 * @param path the names of the commands before the word
 * @param word as it was typed
 */
export const commands = (root: Descriptor, path: ReadonlyArray<string>, word: string): ReadonlyArray<string> => {
  const here = nearest(
    word,
    along(root, path)
      .at(-1)
      ?.subcommands.map(({ name }) => name) ?? []
  )
  if (here.length > 0) return here
  const all = everywhere(root, Program.name)
  const names = nearest(
    word,
    all.map(({ name }) => name)
  )
  if (names.length > 0) return all.filter(({ name }) => names.includes(name)).map((found) => found.path)
  return nearest(word, builtIns).map((name) => `${Program.name} --${name}`)
}
