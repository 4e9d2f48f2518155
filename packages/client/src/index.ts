// Import `promise` (for programs without Effect) and `Totp` (which needs `otpauth`) by their own paths.

// The modules of `@metal-otp/schema` that programs need, so that they install one package.
export * as AuthToken from "@metal-otp/schema/AuthToken"
export * as InvalidSetting from "@metal-otp/schema/InvalidSetting"
export * as Otp from "@metal-otp/schema/Otp"
export * as OtpSeed from "@metal-otp/schema/OtpSeed"
export * as OtpsError from "@metal-otp/schema/OtpsError"
export * as Outcome from "@metal-otp/schema/Outcome"
export * as RecoveryCodeList from "@metal-otp/schema/RecoveryCodeList"

export type * as ClientOptions from "./ClientOptions.ts"
export * as Enrolment from "./Enrolment.ts"
export * as Limits from "./Limits.ts"
export * as OtpsClient from "./OtpsClient.ts"
export * as OtpsClients from "./OtpsClients.ts"
export * as RetryBudget from "./RetryBudget.ts"
export * as RetryPolicy from "./RetryPolicy.ts"
export * as TwoFactorAuthClient from "./TwoFactorAuthClient.ts"
