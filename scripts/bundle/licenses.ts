/** Collects the licences of the code of other packages in a bundle. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The folder of the package that a file belongs to. */
const packageOf = (file: string) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? ""

const licenseOf = (folder: string) => {
  const name = readdirSync(folder).find((file) => /^licen[cs]e(\.\w+)?$/i.test(file))
  if (name === undefined) throw new Error(`the bundle includes ${folder}, which has no licence file`)
  return readFileSync(join(folder, name), "utf8").trim()
}

// Only comments at the beginning of a line, or with `/*!`: a string can hold what looks like a comment.
const comments = /(?:^[ \t]*\/\*|\/\*!)[^]*?\*\/|^(?:[ \t]*\/\/.*\n)+/gm

/** The licence notices in a file's comments, for code that the package copied from others. */
const noticesIn = (file: string) =>
  Array.from(readFileSync(file, "utf8").matchAll(comments), ([comment]) => comment)
    .filter((comment) => /licen[cs]ed?\b|copyright/i.test(comment))
    .map((comment) => comment.replaceAll(/^[ \t]*\/[*/!]+[ \t]?|\s*\*+\/$|^[ \t]*\*[ \t]?/gm, "").trim())

const describe = (folder: string, files: ReadonlyArray<string>) => {
  const { license, name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const notices = [...new Set(files.flatMap(noticesIn))]
  return [
    `${name} ${version} (${license})`,
    licenseOf(folder),
    ...(notices.length === 0 ? [] : [`${name} includes code by others, with these notices:`, ...notices])
  ].join("\n\n")
}

/**
 * Returns the full licence of every package in a bundle, with the notices for code that these packages copied. Throws
 * when a package has no licence file.
 *
 * @param files the files with code in the bundle
 * @param more a folder with further licences
 */
export const licenses = (files: ReadonlyArray<string>, more: string): string => {
  const folders = [...new Set(files.map(packageOf))].toSorted()
  const parts = [
    ...folders.map((folder) =>
      describe(
        folder,
        files.filter((file) => packageOf(file) === folder)
      )
    ),
    ...readdirSync(more).map((name) => readFileSync(join(more, name), "utf8").trim())
  ]
  return (
    ["This program includes software by others, under these licences.", ...parts].join(`\n\n${"-".repeat(80)}\n\n`) +
    "\n"
  )
}
