import { type AddressInfo, createServer } from 'node:net'

/** A port of this host that nobody listens on: a moment ago, which is all that can be known. */
export async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  await new Promise((resolve) => listener.close(resolve))
  return port
}
