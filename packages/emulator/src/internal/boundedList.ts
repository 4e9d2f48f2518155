/**
 * Adds to a list whose readers take the newest `size` items. It removes the older ones only when the list is twice as
 * long, so that adding costs the same for any size.
 */
export const pushBounded = <A>(list: Array<A>, item: A, size: number) => {
  list.push(item)
  if (list.length > 2 * size) list.splice(0, list.length - size)
}

/** Replaces all items. A call such as `splice(0, length, ...items)` would have more arguments than the stack can hold. */
export const replaceItems = <A>(list: Array<A>, items: ReadonlyArray<A>) => {
  list.length = 0
  for (const item of items) list.push(item)
}
