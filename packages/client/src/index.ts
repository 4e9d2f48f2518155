export * as OtpsClient from "./OtpsClient.ts"
