/** Who asks, known to the emulator and to the driver by their place. */
export const tokenOf = (place: number): string => `load-token-${String(place).padStart(6, "0")}`
