import type { evidence as systemEvidence } from "./systemEvidence.ts"

/** A browser tells nothing about a failed request, so there is never evidence. */
export const evidence: typeof systemEvidence = () => undefined
