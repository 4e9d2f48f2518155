/**
 * Says why a text can't be sent as it is in a header, or `undefined` if it can. RFC 9110 5.5 trims
 * the spaces around a value. The problem never quotes the text.
 */
export const problem = (value: string): string | undefined => {
  if (value === "") return "it is empty"
  if (!/^[\x20-\x7e]*$/.test(value)) {
    return "it has characters other than printable ASCII, such as a line break at its end"
  }
  return value.startsWith(" ") || value.endsWith(" ") ? "it starts or ends with a space" : undefined
}
