import { timersLast } from '../native'

/** The next turn of the event loop; where a request may have ended by then, still this one. */
export const setImmediate = (work: () => void): void => (timersLast() ? next(work) : queueMicrotask(work))

// A timer would come late: browsers let those of a page that nobody looks at wait.
const next: (work: () => void) => void =
  (globalThis as { setImmediate?: (work: () => void) => void }).setImmediate ??
  ((work) => {
    const { port1, port2 } = new MessageChannel() as unknown as Ports
    port1.onmessage = () => {
      port1.close()
      work()
    }
    port2.postMessage(null)
  })

/** Of browsers. Node's have other names for this, and are not used. */
interface Ports {
  port1: { onmessage: () => void; close(): void }
  port2: { postMessage(message: null): void }
}
