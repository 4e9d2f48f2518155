/**
 * Makes a refusal without its stack, which nobody reads: a reply has none, and a
 * stack costs more than all the rest of a refusal.
 *
 * @param make makes it
 */
export const withoutStack = <A>(make: () => A): A => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
