/** Runs a bundled worker in workerd. Arguments: its script, the compatibility date, the settings of the calls. */
import { Miniflare } from "miniflare"

const [script, compatibilityDate, settings] = process.argv.slice(2)
const miniflare = new Miniflare({ modules: true, scriptPath: script, compatibilityDate })
const response = await miniflare.dispatchFetch("http://worker/", { method: "POST", body: settings })
console.log(await response.text())
await miniflare.dispose()
