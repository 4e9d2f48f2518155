/**
 * What `fetch` is told besides the request, so that nothing secret goes where it
 * was not sent.
 *
 * @since 0.1.0
 */

const guards: RequestInit = {
  redirect: "manual",
  credentials: "omit",
  referrerPolicy: "no-referrer",
  cache: "no-store"
}

/** Whether this runtime's fetch takes a setting. Some Workers throw on those that they do not know. */
const isKnown = ([name, value]: [string, unknown]): boolean => {
  try {
    if (typeof Request !== "undefined") Reflect.construct(Request, ["https://localhost", { [name]: value }])
    return true
  } catch {
    return false
  }
}

/**
 * Makes what adds the guards to the fetch settings of a program: no redirect is
 * followed, no cookie and no `Referer` is sent, and nothing is cached. Its other
 * settings stay. A guard that this runtime's `fetch` does not know is left out.
 *
 * @category constructors
 * @since 0.1.0
 */
export const guarding = (): ((init: RequestInit | undefined) => RequestInit) => {
  const known: RequestInit = Object.fromEntries(Object.entries(guards).filter(isKnown))
  return (init) => ({ ...init, ...known })
}
