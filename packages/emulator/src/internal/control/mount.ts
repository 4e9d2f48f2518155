/** The path of the control API. In a module of its own: the contract is loaded when somebody asks for it. */
export const mountedAt = "/_emulator/v1"
