import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { defineConfig, type DefaultTheme, type MarkdownOptions, type UserConfig } from "vitepress"

const root = fileURLToPath(new URL("../..", import.meta.url))
const docs = path.join(root, "docs")

/** Where the project lives is said in the root's manifest alone. */
const { homepage, repository } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"))
const repositoryUrl: string = repository.url.replace(/^git\+/, "").replace(/\.git$/, "")

/** Pages in their order. Those that are not written yet are left out. */
const pages = (...items: ReadonlyArray<readonly [text: string, link: string]>): Array<DefaultTheme.SidebarItem> =>
  items
    .filter(([, link]) => existsSync(path.join(docs, `${link}.md`)))
    .map(([text, link]) => ({ text, link: `/${link}` }))

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

const guide: Array<DefaultTheme.SidebarItem> = [
  { text: "Start", link: "/start" },
  {
    text: "Concepts",
    items: pages(["Outcome", "outcome"], ["Retries", "retries"], ["Secrets", "secrets"], ["Failures", "failures"])
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
      ["Shared limits", "guides/shared-limits"],
      ["OpenTelemetry", "guides/opentelemetry"],
      ["Request ids", "guides/request-ids"],
      ["Browsers", "guides/browsers"],
      ["Bun, Deno, Workers", "guides/runtimes"],
      ["Serverless and bundling", "guides/serverless"]
    )
  },
  {
    text: "Tools",
    items: pages(
      ["Testing", "testing"],
      ["Emulator", "emulator"],
      ["Command line", "cli"],
      ["Effect 3", "effect-3"],
      ["Promise", "promise"]
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
    text: "Trust",
    items: pages(["Threat model", "threat-model"], ["Transports", "transports"], ["Hostile servers", "hostile-servers"])
  },
  {
    text: "Project",
    items: pages(
      ["Versioning", "versioning"],
      ["FAQ", "faq"],
      ["Changelog", "changelog"],
      ["Decision records", "decisions/index"]
    )
  }
]

/** Headings get the anchors that GitHub gives them, so that links work in both places. */
const slugify = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-")

/** Links that leave `docs` lead to the repository. Drawings are put into the page, so that they follow its colours. */
const markdown: MarkdownOptions = {
  anchor: { slugify },
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

/** The pages are outside of this folder. Vue, which they import, is not. */
const vueFromHere: NonNullable<UserConfig["vite"]>["plugins"] = [
  {
    name: "vue-from-here",
    enforce: "pre",
    resolveId(id, _importer, { ssr }) {
      if (!/^vue(?:\/|$)/.test(id)) return undefined
      // What renders the pages is written into this folder, and finds Vue by itself.
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
  description: "One-time passwords over the Equinix Metal OTP API: a client, and an emulator to test logins against",
  srcDir: "../docs",
  outDir: "dist",
  cacheDir: ".vitepress/cache",
  base: process.env["SITE_BASE"] ?? "/metal-otp/",
  cleanUrls: true,
  lastUpdated: false,
  markdown,
  // The pages are outside of this folder, so Vite would look for Vue beside them.
  vite: { plugins: vueFromHere },
  sitemap: { hostname: homepage },
  // `llms.txt` leads to files in the repository, and to pages on the site.
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
      { text: "Guide", link: "/start", activeMatch: "^/(?!reference)" },
      { text: "API reference", link: "/reference/", activeMatch: "^/reference/" }
    ],
    sidebar: { "/reference/": [{ text: "API reference", link: "/reference/" }, ...reference()], "/": guide },
    outline: { level: [2, 3] },
    search: {
      provider: "local",
      options: {
        miniSearch: {
          searchOptions: {
            fuzzy: 0.1,
            prefix: true,
            boost: { title: 8, titles: 4, text: 1 },
            // A page that explains comes before the reference of a module.
            boostDocument: (id: string) => (id.includes("/reference/") ? 0.2 : 1)
          }
        }
      }
    },
    socialLinks: [{ icon: "github", link: repositoryUrl }],
    editLink: { pattern: `${repositoryUrl}/edit/main/docs/:path`, text: "Edit this page" },
    footer: { message: "MIT licence. Not affiliated with Equinix, which switched Metal off on 30 June 2026." }
  }
})
