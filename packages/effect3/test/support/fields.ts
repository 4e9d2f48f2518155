/** Copies the fields of a failure to a plain record. */
export const fields = (error: object): Record<string, unknown> => ({ ...error })
