/** What a failure holds, as a plain record to compare with. */
export const fields = (error: object): Record<string, unknown> => ({ ...error })
