/**
 * The text of the changelog page: the changes that wait for a release, then the released versions. Changesets writes the
 * same entry into the changelog of each package that it names, so equal entries are shown once.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"

const read = (...segments: ReadonlyArray<string>) => readFileSync(path.join(...segments), "utf8")

/** The changesets in `.changeset`, without their front matter. */
const unreleased = (root: string): ReadonlyArray<string> =>
  readdirSync(path.join(root, ".changeset"))
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .map((file) => read(root, ".changeset", file).replace(/^---\n[^]*?\n---\n/, ""))
    .map((text) => text.trim())

/** The entries of one version in one package's changelog: top-level list items, without the commit's hash. */
const entriesOf = (section: string): ReadonlyArray<string> =>
  section
    .split(/^- /m)
    .slice(1)
    .map((entry) => entry.replace(/^[0-9a-f]{7,}: /, "").replaceAll(/^ {2}/gm, ""))
    .map((entry) => entry.replace(/^### [^]*/m, "").trim())
    .filter((entry) => !entry.startsWith("Updated dependencies"))

/** The released versions, newest first: each entry with the packages that it concerns. */
const released = (root: string): ReadonlyMap<string, ReadonlyMap<string, ReadonlyArray<string>>> => {
  const versions = new Map<string, Map<string, Array<string>>>()
  for (const name of readdirSync(path.join(root, "packages")).toSorted()) {
    if (!existsSync(path.join(root, "packages", name, "CHANGELOG.md"))) continue
    for (const section of read(root, "packages", name, "CHANGELOG.md").split(/^## /m).slice(1)) {
      const version = section.slice(0, section.indexOf("\n")).trim()
      const entries = versions.get(version) ?? new Map<string, Array<string>>()
      versions.set(version, entries)
      for (const entry of entriesOf(section)) entries.set(entry, [...(entries.get(entry) ?? []), `@metal-otp/${name}`])
    }
  }
  return versions
}

/**
 * Returns the Markdown of the page below its heading.
 *
 * @param root the repository's root
 */
export const changelog = (root: string): string => {
  const next = unreleased(root)
  const versions = Array.from(released(root), ([version, entries]) => [
    `## ${version}`,
    ...Array.from(entries, ([entry, packages]) => `${packages.join(", ")}:\n\n${entry}`)
  ])
  return [...(next.length === 0 ? [] : ["## Not released yet", ...next]), ...versions.flat()].join("\n\n")
}
