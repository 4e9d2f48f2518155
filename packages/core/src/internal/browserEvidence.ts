import type { evidence as systemEvidence } from "./systemEvidence.ts"

/** Returns nothing: a browser does not say why a request failed. */
export const evidence: typeof systemEvidence = () => undefined
