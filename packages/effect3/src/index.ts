export * as Operation from "./Operation.ts"
export * as Outcome from "./Outcome.ts"
export * as RetryBudget from "./RetryBudget.ts"
