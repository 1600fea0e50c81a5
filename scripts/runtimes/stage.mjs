// Starts the stage (server.mjs) in a process of its own, on the Node that runs us.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export async function openStage() {
  const child = fork(fileURLToPath(new URL('server.mjs', import.meta.url)))
  const [home] = await once(child, 'message')
  return { home, close: () => child.disconnect() }
}
