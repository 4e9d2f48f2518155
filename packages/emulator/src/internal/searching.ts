/** Whether a name has this in it, in capitals or not. */
export const searching = (search: string) => {
  const wanted = search.toLowerCase()
  return (name: string) => name.toLowerCase().includes(wanted)
}
