import { assert, describe, it } from "@effect/vitest"
import { html } from "../src/Html.ts"

describe("html", () => {
  it("escapes text, in tags and in attributes", () => {
    const typed = `<b title="x">'&'</b>`
    assert.strictEqual(
      html`<p title="${typed}">${typed}</p>`.text,
      `<p title="&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;">&lt;b title=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;</p>`
    )
  })

  it("keeps HTML, joins lists and renders undefined as nothing", () => {
    assert.strictEqual(
      html`<p>${[html`<i>1</i>`, html`<i>${2}</i>`]}${undefined}${0}</p>`.text,
      "<p><i>1</i><i>2</i>0</p>"
    )
  })
})
