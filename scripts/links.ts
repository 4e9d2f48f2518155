/** Checks that the links in Markdown files and `llms.txt` to files of this repository lead to a file and heading. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect, FileSystem, Path } from "effect"

const folders = [".", ".github", "bench", "site"]

/** Folders whose subfolders count too. */
const trees = ["docs", "examples"]

/** `npm run reference` writes these pages. The site's build checks their links. */
const reference = "docs/reference/"

class Broken extends Data.TaggedError("Broken")<{ readonly links: ReadonlyArray<string> }> {
  override get message(): string {
    return this.links.join("\n")
  }
}

const withoutCode = (text: string) => text.replaceAll(/^```[^]*?^```/gm, "")

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-")

const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(Array.from(withoutCode(text).matchAll(/^#{1,6} (.+)$/gm), ([, heading = ""]) => anchorOf(heading.trim())))

const linksOf = (text: string) =>
  Array.from(withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link).filter(
    (link) => !/^[a-z]+:/.test(link)
  )

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const packages = (yield* fs.readDirectory("packages")).map((name) => `packages/${name}`)
  const filesOf = (options: { readonly recursive: boolean }) => (folder: string) =>
    Effect.map(fs.readDirectory(folder, options), (names) =>
      names
        .map((name) => path.join(folder, name))
        .filter(
          (file) => /\.md$|^llms\.txt$/.test(file) && !file.startsWith(reference) && !file.includes("node_modules")
        )
    )
  const files = [
    ...(yield* Effect.forEach([...folders, ...packages], filesOf({ recursive: false }))),
    ...(yield* Effect.forEach(trees, filesOf({ recursive: true })))
  ].flat()

  const problemOf = Effect.fnUntraced(function* (file: string, link: string) {
    const [target = "", anchor] = link.split("#")
    const found = target === "" ? file : path.join(path.dirname(file), target)
    if (found.startsWith(reference)) return []
    if (!(yield* fs.exists(found))) return [`${file}: ${link} does not exist`]
    if (anchor === undefined) return []
    return anchorsOf(yield* fs.readFileString(found)).has(anchor) ? [] : [`${file}: ${link} names no heading`]
  })

  const checked = yield* Effect.forEach(files, (file) =>
    Effect.flatMap(fs.readFileString(file), (text) => Effect.forEach(linksOf(text), (link) => problemOf(file, link)))
  )
  const links = checked.flat()
  const broken = links.flat()
  if (broken.length > 0) return yield* new Broken({ links: broken })
  yield* Console.log(`all ${links.length} links in ${files.length} Markdown files lead somewhere`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
