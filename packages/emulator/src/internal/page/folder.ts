/**
 * The folder of the page's files. The server reads them from `src`, in the published package too. `scripts/bundle.ts`
 * copies them, and replaces this module with their place in the bundle.
 */
export const folder = new URL("../../../src/internal/page/browser/", import.meta.url)
