// Runs the spec files of the addon on the WebAssembly build (TOKENKEEP_FORCE_WASM=1), unchanged. What cannot be there is left out by
// name, with the reason, out loud.
import { basename } from 'node:path'
import { beforeEach } from 'vitest'

const FILES = 'it keeps sessions in files'
const ADDON = "it breaks the addon's own classes"
const WORDS = 'the words are those of the addon: here they are those of the fetch of the host'
const ONE_LOOP = 'logins and logger run on one event loop: lines cannot come faster than they are written'

/** By file, the beginnings of the full names of tests. */
const NOT_HERE: Record<string, Record<string, string>> = {
  'custom.spec.ts': {
    'with a store > a session outlives its manager': FILES,
    'with a store > another account, another issuer and another credential': FILES,
  },
  'errors.spec.ts': { 'over real sockets > a refused connection says so': WORDS },
  'logging.spec.ts': { 'lines > are dropped and counted when the event loop cannot keep up': ONE_LOOP },
  'manager.spec.ts': { 'what cannot begin > ': ADDON },
  'oauth2.spec.ts': { 'a provisioned refresh token > ': FILES },
  'observability.spec.ts': { 'a session that is taken over from the store': FILES },
  'options.spec.ts': {
    'null is as good as absent inside tls too': FILES,
    'the general API > providers and stores show nothing': FILES,
  },
}

if (process.env['TOKENKEEP_FORCE_WASM'] === '1') {
  beforeEach(({ task, skip }) => {
    const names = [task.name]
    for (let suite = task.suite; suite !== undefined; suite = suite.suite) names.unshift(suite.name)
    const name = names.filter((each) => each !== '').join(' > ')
    const reasons = NOT_HERE[basename(task.file.filepath)] ?? {}
    const found = Object.entries(reasons).find(([beginning]) => name.startsWith(beginning))
    if (found === undefined) return
    console.warn(`NOT TESTED on WebAssembly: "${name}": ${found[1]}`)
    skip(found[1])
  })
}
