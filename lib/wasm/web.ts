// The entry for browsers and bundlers: the module is fetched while ours is loaded.
import { compiledBy } from './instance'

const url = new URL('./tokenkeep.wasm', import.meta.url)

const compiled = await compile()
compiledBy(() => compiled)

async function compile(): Promise<WebAssembly.Module> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`tokenkeep.wasm could not be loaded from ${url.href}: the server answered ${response.status}`)
  // A server that does not know its media type is no reason to fail.
  const isTyped = response.headers.get('content-type')?.startsWith('application/wasm') === true
  return isTyped ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer())
}

export * from '../index'
