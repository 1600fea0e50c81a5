import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a server that is cut after so many bytes of its answers. */
export async function startProxy(port: number) {
  let left = Infinity
  let cuts = 0
  const sockets = new Set<Socket>()
  const proxy: Server = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1')
    for (const each of [socket, upstream]) {
      sockets.add(each)
      each.on('error', () => {})
      each.on('close', () => sockets.delete(each))
    }
    socket.pipe(upstream)
    upstream.on('data', (data: Buffer) => {
      if (data.length < left) {
        left -= data.length
        socket.write(data)
        return
      }
      socket.write(data.subarray(0, left), () => {
        socket.resetAndDestroy()
        upstream.destroy()
      })
      cuts++
      left = Infinity
    })
    socket.on('close', () => upstream.destroy())
    upstream.on('close', () => socket.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cutAfter: (bytes: number) => void (left = bytes),
    cuts: () => cuts,
    async close() {
      sockets.forEach((socket) => socket.destroy())
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
