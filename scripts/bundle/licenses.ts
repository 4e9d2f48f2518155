/**
 * The licences of what a bundle holds of others.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** The folder of the package that a file belongs to. */
const packageOf = (file: string) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? ""

const licenseOf = (folder: string) => {
  const name = readdirSync(folder).find((file) => /^licen[cs]e(\.\w+)?$/i.test(file))
  if (name === undefined) throw new Error(`${folder} is inlined, and has no licence to go with it`)
  return readFileSync(join(folder, name), "utf8").trim()
}

// Only what begins a line, or is marked to be kept: strings hold what looks like a comment.
const comments = /(?:^[ \t]*\/\*|\/\*!)[^]*?\*\/|^(?:[ \t]*\/\/.*\n)+/gm

/** What a package has copied from others, as its comments say it. */
const copiedIn = (file: string) =>
  Array.from(readFileSync(file, "utf8").matchAll(comments), ([comment]) => comment)
    .filter((comment) => /licen[cs]ed?\b|copyright/i.test(comment))
    .map((comment) => comment.replaceAll(/^[ \t]*\/[*/!]+[ \t]?|\s*\*+\/$|^[ \t]*\*[ \t]?/gm, "").trim())

const describe = (folder: string, files: ReadonlyArray<string>) => {
  const { license, name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const copied = [...new Set(files.flatMap(copiedIn))]
  return [
    `${name} ${version} (${license})`,
    licenseOf(folder),
    ...(copied.length === 0 ? [] : [`In ${name} there is code of others, with these words:`, ...copied])
  ].join("\n\n")
}

/**
 * A text with the licence of every package in full, and of what these have
 * copied. Throws when a package has none.
 *
 * @param files the files of which something is in the bundle
 * @param more a folder of licences that no package brings along
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
    ["This program holds software of others, under their licences.", ...parts].join(`\n\n${"-".repeat(80)}\n\n`) + "\n"
  )
}
