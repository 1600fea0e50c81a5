import { builtin } from './builtin'

const real = builtin('node:diagnostics_channel')

/** Nobody watches. */
const unheard = { hasSubscribers: false, publish() {}, runStores: (_: unknown, work: () => unknown) => work() }

export const channel = real?.channel ?? (() => unheard)

export const tracingChannel =
  real?.tracingChannel ??
  (() => ({ hasSubscribers: false, start: unheard, end: unheard, asyncStart: unheard, asyncEnd: unheard, error: unheard }))
