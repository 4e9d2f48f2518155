import type { Mutant } from "./Mutant.ts"

const fold = { file: "cli/src/Fold.ts", tests: ["Fold"], in: "cli" } as const
const output = { file: "cli/src/Output.ts", tests: ["Output"], in: "cli" } as const
const save = { file: "cli/src/SaveFile.ts", tests: ["SaveFile"], in: "cli" } as const
const spinner = { file: "cli/src/Spinner.ts", tests: ["Spinner"], in: "cli" } as const
const suggest = { file: "cli/src/Suggest.ts", tests: ["Suggest"], in: "cli" } as const

/** The guards of the command line that show without its binary. */
export const cli: ReadonlyArray<Mutant> = [
  { ...fold, guard: "an example stays on one line", find: "text.split(/^(?=\\S*EXAMPLES\\S*$)/m)", replace: "[text]" },
  {
    ...fold,
    guard: "a line is measured as it is shown",
    find: "displayWidth(`${line} ${word}`)",
    replace: "`${line} ${word}`.length"
  },
  { ...output, guard: "no cell breaks out of a table", find: ".map((row) => row.map(printable))", replace: "" },
  {
    ...save,
    guard: "what came meanwhile is kept, on FAT too",
    find: 'fs.open(path, { flag: "wx", mode: 0o600 })',
    replace: "Effect.void"
  },
  {
    ...save,
    guard: "codes are saved where a file has one name",
    find: "() => reserve",
    replace: "(error) => Effect.fail(error)"
  },
  {
    ...save,
    guard: "no empty file is left",
    find: ".pipe(Effect.tapError(() => Effect.ignore(fs.remove(path))))",
    replace: ""
  },
  {
    ...save,
    guard: "a failed file is removed",
    find: "Effect.ignore(fs.remove(temporary, { force: true }))",
    replace: "Effect.void"
  },
  {
    ...spinner,
    guard: "a line that can't be cleared is not drawn",
    find: "label.slice(0, Math.max(0, room - time.length - 1))",
    replace: "label"
  },
  {
    ...spinner,
    guard: "there are only signs that the locale has",
    find: "unicode ? braille : ascii",
    replace: "braille"
  },
  {
    ...spinner,
    guard: "nothing is left on the screen",
    find: "Screen.write(clearLine + showCursor)",
    replace: "Effect.void"
  },
  {
    ...suggest,
    guard: "only what is like a word is suggested",
    find: "best <= (lower.length <= 3 ? 1 : 2)",
    replace: "true"
  },
  {
    ...suggest,
    guard: "flags of other commands are not suggested",
    find: "along(root, path).flatMap",
    replace: "[root, ...root.subcommands].flatMap"
  }
]
