export * as Limits from "./Limits.ts"
export * as OtpsClient from "./OtpsClient.ts"
export * as RetryBudget from "./RetryBudget.ts"
export * as RetryPolicy from "./RetryPolicy.ts"
