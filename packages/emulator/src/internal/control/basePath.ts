/** The path of the control API. It has its own module, so that a server starts without loading the contract. */
export const basePath = "/_emulator/v1"
