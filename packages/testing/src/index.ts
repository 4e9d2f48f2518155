export * from "./Client.ts"
export * from "./StartEmulator.ts"
