/** The fields of a failure as a plain object, for comparison. */
export const fields = (error: object): Record<string, unknown> => ({ ...error })
