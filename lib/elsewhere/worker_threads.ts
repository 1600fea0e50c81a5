import { builtin } from './builtin'

/** Each worker has an instance of its own, which shares nothing with any other. */
export const threadId = builtin('node:worker_threads')?.threadId ?? 0
