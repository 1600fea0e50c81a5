// `npm run demo`: builds what is missing, then runs the main job for people to watch.
import { spawnSync } from 'node:child_process'
import { build } from './build.mjs'
import { root } from './progress.mjs'

console.log('tokenkeep demo: building what is not built yet\n')
await build({ WebAssembly: false })
console.log()
const { status } = spawnSync(process.execPath, ['examples/baserow-bridge/main.mjs'], { cwd: root, stdio: 'inherit' })
process.exit(status ?? 1)
