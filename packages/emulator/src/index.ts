export * as Emulator from "./Emulator.ts"
export * as EmulatorHttpClient from "./EmulatorHttpClient.ts"
export * as EmulatorServer from "./EmulatorServer.ts"
export * as Faults from "./Faults.ts"
