/** Our client, and the one of promises on it: what that adds is the difference. */
export * from "../peers/Ours.ts"
export * from "@metal-otp/client/promise"
