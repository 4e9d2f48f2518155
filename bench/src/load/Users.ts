/** The tokens of the users, by their index. */
export const tokenOf = (place: number): string => `load-token-${String(place).padStart(6, "0")}`
