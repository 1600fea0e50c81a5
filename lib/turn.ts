// Kept from before a test can put a fake one in its place.
/** Does something in the next turn of the event loop. */
export const setImmediate: (work: () => void) => void = globalThis.setImmediate
