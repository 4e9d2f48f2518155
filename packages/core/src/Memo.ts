/**
 * Remembers results of functions.
 *
 * @since 0.1.0
 */

/**
 * Remembers the last result of a function. It saves work when most calls in a row have the same
 * input.
 *
 * @param f a function of one input, which is compared with `===`
 *
 * @category combinators
 * @since 0.1.0
 */
export const last = <A, B>(f: (input: A) => B): ((input: A) => B) => {
  let last: { readonly input: A; readonly output: B } | undefined
  return (input) => {
    if (last === undefined || last.input !== input) last = { input, output: f(input) }
    return last.output
  }
}

/**
 * Remembers the result for each input, and never forgets one. Use it for functions of few inputs.
 *
 * @param f a function of one input, which is compared as `Map` does
 *
 * @category combinators
 * @since 0.1.0
 */
export const each = <A, B>(f: (input: A) => B): ((input: A) => B) => {
  const results = new Map<A, B>()
  return (input) => {
    const existing = results.get(input)
    if (existing !== undefined) return existing
    const output = f(input)
    results.set(input, output)
    return output
  }
}
