/** Our client and its promise client, to measure what the latter adds. */
export * from "../peers/Ours.ts"
export * from "@metal-otp/client/promise"
