// The binding for CommonJS on Node: the module is a file beside us, read when it is first needed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compiledBy } from './instance'

declare const __dirname: string

compiledBy(() => new WebAssembly.Module(readFileSync(join(__dirname, 'tokenkeep.wasm'))))

export { checkHttp, isWasm, NativeEnvironment, NativeManager, NativePool } from './binding'
