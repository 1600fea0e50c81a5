// Run by Node, Bun and Deno in a folder that has the packages installed: `program.mjs <home of the stage> <native|wasm> <entry>`. Prints the
// verdicts, a line of JSON each, and then has to end by itself.
import { judge } from './judge.mjs'
import { Stage } from './stage.mjs'

const [home, build, entry] = process.argv.slice(2)
const unhandled = []
process.on('unhandledRejection', (reason) => unhandled.push(String(reason?.stack ?? reason)))

const tokenkeep = await import(entry)
const { authFetch } = await import('tokenkeep/fetch')
const isNative = build === 'native'
const verdicts = await judge({ tokenkeep, authFetch, stage: new Stage(home), isNative, isWasm: !isNative })
verdicts.push({ name: 'no rejection was left unhandled', ok: unhandled.length === 0, why: unhandled.join('\n') })
for (const each of verdicts) console.log(JSON.stringify(each))
console.log(JSON.stringify({ end: true }))
