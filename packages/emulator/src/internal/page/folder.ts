/**
 * The page's own files. They are served as they are written, from `src` in the
 * published package too. A bundle has none of them, unless it brings them along
 * and says here where.
 */
export const folder = new URL("../../../src/internal/page/browser/", import.meta.url)
