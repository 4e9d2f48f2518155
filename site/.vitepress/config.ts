/** The configuration of the site: VitePress on the Markdown in `docs`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { defineConfig, type DefaultTheme, type MarkdownOptions, type UserConfig } from "vitepress"
import { changelog } from "./changelog.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const docs = path.join(root, "docs")
const cacheDir = path.join(root, "site/.vitepress/cache")

// Only the root's manifest says where the project lives.
const { homepage, repository } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"))
const repositoryUrl: string = repository.url.replace(/^git\+/, "").replace(/\.git$/, "")

const description =
  "One-time passwords over the Equinix Metal OTP API: a client, and an emulator to test logins against"

// docs/changelog.md includes this file.
mkdirSync(cacheDir, { recursive: true })
writeFileSync(path.join(cacheDir, "changelog.md"), changelog(root))

const pages = (...items: ReadonlyArray<readonly [text: string, link: string]>): Array<DefaultTheme.SidebarItem> =>
  items.map(([text, link]) => ({ text, link: `/${link}` }))

/** The heading of a page. */
const headingOf = (file: string) => /^# (.+)$/m.exec(readFileSync(file, "utf8"))?.[1] ?? ""

const decisions = (): Array<DefaultTheme.SidebarItem> =>
  readdirSync(path.join(docs, "decisions"))
    .filter((file) => /^\d/.test(file))
    .toSorted()
    .map((file) => ({
      text: headingOf(path.join(docs, "decisions", file)),
      link: `/decisions/${path.basename(file, ".md")}`
    }))

/** The modules of each package. `npm run reference` writes their pages. */
const reference = (): Array<DefaultTheme.SidebarItem> =>
  existsSync(path.join(docs, "reference"))
    ? readdirSync(path.join(docs, "reference"), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => ({
          text: `@metal-otp/${name}`,
          collapsed: true,
          items: readdirSync(path.join(docs, "reference", name))
            .toSorted()
            .map((file) => path.basename(file, ".md"))
            .map((module) => ({ text: module, link: `/reference/${name}/${module}` }))
        }))
    : []

/** The order of reading. */
const guide: Array<DefaultTheme.SidebarItem> = [
  { text: "Start", link: "/start" },
  {
    text: "Concepts",
    items: pages(["Outcome", "outcome"], ["Retries", "retries"], ["Secrets", "secrets"], ["Failures", "failures"])
  },
  { text: "Tests", items: pages(["Testing, by task", "testing"], ["The emulator", "emulator"]) },
  {
    text: "Without Effect 4",
    items: pages(["Promise", "promise"], ["Effect 3", "effect-3"], ["Command line", "cli"])
  },
  {
    text: "Guides",
    items: pages(
      ["A login server", "guides/login-server"],
      ["Rotating tokens and vaults", "guides/tokens"],
      ["Turning two-factor on and off", "guides/enrolment"],
      ["Showing recovery codes", "guides/recovery-codes"],
      ["After Unknown", "guides/after-unknown"],
      ["Mapping failures to HTTP", "guides/http-failures"],
      ["Timeouts", "guides/timeouts"],
      ["Proxies, CAs, HTTP/2", "guides/network"],
      ["Circuit breaker, rate limiter", "guides/shared-limits"],
      ["OpenTelemetry", "guides/opentelemetry"],
      ["Request ids", "guides/request-ids"],
      ["Browsers", "guides/browsers"],
      ["Bun, Deno, Workers", "guides/runtimes"],
      ["Serverless and bundling", "guides/serverless"]
    )
  },
  {
    text: "Choosing",
    items: pages(
      ["Coming from Equinix's SDKs", "coming-from"],
      ["Compared with generated clients", "comparison"],
      ["Benchmarks", "benchmarks"]
    )
  },
  {
    text: "Security",
    items: pages(["Threat model", "threat-model"], ["Transports", "transports"], ["Hostile servers", "hostile-servers"])
  },
  {
    text: "Project",
    items: [
      ...pages(["FAQ", "faq"], ["Versioning", "versioning"], ["Changelog", "changelog"]),
      { text: "Decision records", link: "/decisions/", collapsed: true, items: decisions() }
    ]
  }
]

/**
 * The first paragraph of a page as plain text, cut after 200 characters. Search engines and link previews show it.
 */
const summaryOf = (markdown: string): string => {
  const blocks = markdown.replace(/^---\n[^]*?\n---\n/, "").split(/\n{2,}/)
  const text = (blocks.find((block) => /^[\w`*]/.test(block) && !block.startsWith("```")) ?? "")
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[`*]/g, "")
    .replaceAll(/\s+/g, " ")
    .replace(/^Decision\. /, "")
    .replace(/(?<=\.) [^.]*:$/, "")
    .replace(/:$/, ".")
  return text.length <= 200 ? text : `${text.slice(0, text.lastIndexOf(" ", 199))} …`
}

/** Gives headings the anchors that GitHub gives them, so that links work in both places. */
const slugify = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-")

/** Links out of `docs` lead to the repository. SVG images become part of the page, so that they follow its colours. */
const markdown: MarkdownOptions = {
  anchor: { slugify },
  // The comments of VitePress's own themes are too faint to read on a phone.
  theme: { light: "github-light-high-contrast", dark: "github-dark-default" },
  config: (md) => {
    md.core.ruler.push("links-to-the-repository", ({ env, tokens }) => {
      const folder = path.dirname(path.join(docs, env.relativePath ?? ""))
      for (const token of tokens.flatMap(({ children }) => children ?? [])) {
        const href = token.attrGet("href")
        if (token.type !== "link_open" || href === null || /^[a-z]+:|^[#/]/.test(href)) continue
        const target = path.relative(root, path.join(folder, href))
        if (!target.startsWith("docs/")) token.attrSet("href", `${repositoryUrl}/blob/main/${target}`)
      }
    })
    const image = md.renderer.rules.image
    md.renderer.rules.image = (tokens, index, options, env, self) => {
      const token = tokens[index]
      const source = token?.attrGet("src") ?? ""
      if (token === undefined || !source.endsWith(".svg")) return image?.(tokens, index, options, env, self) ?? ""
      const file = path.join(docs, path.dirname(env.relativePath ?? ""), source)
      const drawing = readFileSync(file, "utf8").replace(/<style>[^]*?<\/style>/, "")
      return `<span class="drawing" role="img" aria-label="${md.utils.escapeHtml(token.content)}">${drawing}</span>`
    }
  }
}

/** Finds Vue for the pages: they are outside of this folder, where Vue is installed. */
const vueFromHere: NonNullable<UserConfig["vite"]>["plugins"] = [
  {
    name: "vue-from-here",
    enforce: "pre",
    resolveId(id, _importer, { ssr }) {
      if (!/^vue(?:\/|$)/.test(id)) return undefined
      // The server build is written into this folder, so Node finds Vue.
      return ssr === true
        ? { id, external: true }
        : this.resolve(id, fileURLToPath(import.meta.url), { skipSelf: true })
    }
  }
]

const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0969da"/>' +
    '<g fill="#fff"><circle cx="8" cy="16" r="3"/><circle cx="16" cy="16" r="3"/><circle cx="24" cy="16" r="3"/></g></svg>'
)}`

export default defineConfig({
  title: "metal-otp",
  description,
  srcDir: "../docs",
  outDir: "dist",
  cacheDir,
  base: process.env["SITE_BASE"] ?? "/metal-otp/",
  cleanUrls: true,
  lastUpdated: false,
  markdown,
  vite: { plugins: vueFromHere },
  sitemap: { hostname: homepage },
  transformPageData: ({ filePath, frontmatter }) => ({
    description:
      (frontmatter["layout"] === "home" ? "" : summaryOf(readFileSync(path.join(docs, filePath), "utf8"))) ||
      description
  }),
  transformHead: ({ description: summary, page, title }) => {
    if (page === "404.md") return []
    const url = homepage + page.replace(/(?:index)?\.md$/, "")
    return [
      ["link", { rel: "canonical", href: url }],
      ["meta", { property: "og:type", content: "website" }],
      ["meta", { property: "og:site_name", content: "metal-otp" }],
      ["meta", { property: "og:title", content: title }],
      ["meta", { property: "og:description", content: summary }],
      ["meta", { property: "og:url", content: url }],
      ["meta", { name: "twitter:card", content: "summary" }]
    ]
  },
  // In the repository, the links of llms.txt lead to files. Here they lead to the site's pages.
  buildEnd: ({ outDir }) => {
    const text = readFileSync(path.join(root, "llms.txt"), "utf8")
    const onSite = text
      .replaceAll(/\]\(docs\/([^)]+)\.md\)/g, `](${homepage}$1)`)
      .replaceAll(/\]\((?!https:)([^)]+)\)/g, `](${repositoryUrl}/blob/main/$1)`)
    writeFileSync(path.join(outDir, "llms.txt"), onSite)
  },
  head: [
    ["meta", { name: "theme-color", content: "#0969da" }],
    ["link", { rel: "icon", href: icon }]
  ],
  themeConfig: {
    nav: [
      { text: "Guide", link: "/start", activeMatch: "^/(?!reference|$)" },
      { text: "API reference", link: "/reference/", activeMatch: "^/reference/" }
    ],
    sidebar: { "/reference/": [{ text: "API reference", link: "/reference/" }, ...reference()], "/": guide },
    outline: { level: [2, 3] },
    notFound: {
      title: "This page does not exist",
      quote: "Search for a word of it, or begin at the start.",
      linkText: "Home"
    },
    search: {
      provider: "local",
      options: {
        miniSearch: {
          searchOptions: {
            fuzzy: 0.1,
            prefix: true,
            boost: { title: 8, titles: 4, text: 1 },
            // Pages that explain come before the reference, and before pages about the project itself.
            boostDocument: (id: string) =>
              id.includes("/reference/") ? 0.2 : /\/(?:benchmarks|decisions|hostile-servers)/.test(id) ? 0.4 : 1
          }
        }
      }
    },
    socialLinks: [{ icon: "github", link: repositoryUrl }],
    editLink: { pattern: `${repositoryUrl}/edit/main/docs/:path`, text: "Edit this page" },
    footer: { message: "MIT licence. Not affiliated with Equinix, which switched Metal off on 30 June 2026." }
  }
})
