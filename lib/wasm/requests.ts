// Hosts that serve one request after another and end with each whatever was begun in it: its timers, its fetches, and who waits for
// them. Cloudflare's runtime is one.

/** What `stay` answers where there is nothing to end. */
const nothing = (): void => {}

let waitUntil: ((work: Promise<unknown>) => void) | undefined
let isFleeting = false
let rouseAll = nothing

/** Nothing outlives its request here, but for what `keep` is told of. Of a host that has nothing of the kind it is undefined. */
export function endsWithRequests(keep: ((work: Promise<unknown>) => void) | undefined): void {
  isFleeting = true
  waitUntil = keep
}

/** Has `listener` told when a request comes that may take over from one that has ended. */
export function onRoused(listener: () => void): void {
  rouseAll = listener
}

/** Does a timer ring, whatever becomes of the request in which it was set? */
export function timersLast(): boolean {
  return !isFleeting
}

/** Has the request that is being served go on until the answered function is called, even if it has been answered before. */
export function stay(): () => void {
  if (waitUntil === undefined) return nothing
  let leave = nothing
  const stayed = new Promise<void>((resolve) => (leave = resolve))
  waitUntil(stayed)
  return leave
}

/** Somebody waits for what another request began, and has to hear of its deadline even if that request is no more. */
export function rouse(): void {
  if (isFleeting) rouseAll()
}
