/** Adds to a list of which only the newest are wanted. It is cut when it has twice as many, so adding costs nothing. */
export const push = <A>(list: Array<A>, item: A, size: number) => {
  list.push(item)
  if (list.length > 2 * size) list.splice(0, list.length - size)
}
