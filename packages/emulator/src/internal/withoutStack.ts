/** Makes failures without a stack trace: nobody sees it in a reply, and it is the slowest part of a refusal. */
export const withoutStack = <A>(make: () => A): A => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
