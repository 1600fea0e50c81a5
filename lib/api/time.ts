/** Milliseconds since the Unix epoch, like `Date.now()`. */
export type EpochMs = number
