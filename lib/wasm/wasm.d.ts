declare module '*.wasm' {
  const compiled: WebAssembly.Module
  export default compiled
}

/** Of Cloudflare's runtime. */
declare module 'cloudflare:workers' {
  export const waitUntil: ((work: Promise<unknown>) => void) | undefined
}

// What of WebAssembly's own is used here: the rest comes with the types of browsers, which `lib/` does without.
declare namespace WebAssembly {
  type Exports = Record<string, unknown>
  var Module: new (bytes: Uint8Array) => Module
  var Instance: new (compiled: Module, imports: Record<string, object>) => { readonly exports: Exports }
  function compile(bytes: ArrayBuffer): Promise<Module>
  function compileStreaming(response: Response): Promise<Module>
}
