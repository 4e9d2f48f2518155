/**
 * The settings of `fetch` that keep secrets away from other servers, cookies and caches.
 *
 * @since 0.1.0
 */

const guards: RequestInit = {
  redirect: "manual",
  credentials: "omit",
  referrerPolicy: "no-referrer",
  cache: "no-store"
}

/** Whether this runtime's `fetch` accepts a setting. Some Workers throw on a setting that they do not know. */
const isKnown = ([name, value]: [string, unknown]): boolean => {
  try {
    if (typeof Request !== "undefined") Reflect.construct(Request, ["https://localhost", { [name]: value }])
    return true
  } catch {
    return false
  }
}

/**
 * Makes a function that adds the guards to a program's `fetch` settings: follow no redirect, send no
 * cookie and no `Referer`, cache nothing. It keeps the other settings, and leaves out a guard that
 * this runtime's `fetch` refuses.
 *
 * @category constructors
 * @since 0.1.0
 */
export const guarding = (): ((init: RequestInit | undefined) => RequestInit) => {
  const known: RequestInit = Object.fromEntries(Object.entries(guards).filter(isKnown))
  return (init) => ({ ...init, ...known })
}
