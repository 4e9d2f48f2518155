/** Checks the commands in documents: the subcommands and flags of `metal-otp`, and npm scripts. */
import { Data, Effect } from "effect"
import * as Completions from "effect/cli/Completions"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { cli } from "../../packages/cli/src/Cli.ts"

class Unknown extends Data.TaggedError("Unknown")<{ readonly message: string }> {}

const metalOtp = Completions.fromCommand(cli)

const manifest: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(fileURLToPath(new URL("../../package.json", import.meta.url)), "utf8")
)

const dashed = ({ aliases, name }: Completions.FlagDescriptor) =>
  [name, ...aliases].map((flag) => (flag.length === 1 ? `-${flag}` : `--${flag}`))

/** The first word that is no known subcommand or flag. Subcommands come first, then flags and values. */
const unknownWord = (words: ReadonlyArray<string>) => {
  const flags = new Set(["--help", "--version", "--completions", ...metalOtp.flags.flatMap(dashed)])
  let command = metalOtp
  let isValue = false
  for (const word of words) {
    const subcommand = isValue ? undefined : command.subcommands.find(({ name }) => name === word)
    if (subcommand !== undefined) {
      command = subcommand
      for (const flag of command.flags.flatMap(dashed)) flags.add(flag)
    } else if (word.startsWith("-")) {
      if (!flags.has(word.split("=", 1)[0] ?? "")) return word
      isValue = true
    } else if (!isValue && command.subcommands.length > 0) return word
  }
  return undefined
}

/** The commands of a block, split into words. Text in quotes is one word. */
const commandsOf = (code: string) =>
  code
    .replaceAll(/(?:^|\s)#.*/gm, "")
    .split(/\n|&&|\|/)
    .map((line) => (line.split(">", 1)[0] ?? "").match(/'[^']*'|\S+/g) ?? [])

const unknownIn = ([first, second, third, ...rest]: ReadonlyArray<string>): string | undefined => {
  if (first === "metal-otp") return unknownWord([second, third, ...rest].filter((word) => word !== undefined))
  if (first === "npx" && second === "--yes") return unknownIn([first, third ?? "", ...rest])
  if (first === "npx" && second === "@metal-otp/cli") return unknownWord([third ?? "", ...rest])
  if (first === "npm" && second === "run") return Object.hasOwn(manifest.scripts, third ?? "") ? undefined : third
  return undefined
}

/**
 * Fails when a command has an unknown word.
 *
 * @param code a block of shell commands
 */
export const check = (code: string) =>
  Effect.forEach(commandsOf(code), (words) => {
    const unknown = unknownIn(words)
    return unknown === undefined
      ? Effect.void
      : Effect.fail(new Unknown({ message: `${unknown} does not exist: ${words.join(" ")}` }))
  })
