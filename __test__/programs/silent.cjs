// Gets a token while the Redis that it is told of says nothing, and says when it has it and when it ends. Its second argument is the library
// that is not there.
const Module = require('node:module')
const { createTokenManager, jsonLogin } = require('../../dist/index.cjs')
const { redisStore } = require('../../dist/redis.cjs')
const { DEFAULT_KEY } = require('../../dist/testing.cjs')

const [url, hidden] = process.argv.slice(2)
const load = Module._load
Module._load = (id, ...rest) => {
  if (id === hidden) throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' })
  return load(id, ...rest)
}

const provider = jsonLogin({ url: process.env.LOGIN_URL, body: { api_key: DEFAULT_KEY }, account: 'alice' })
createTokenManager({ provider, store: redisStore({ url }) }).getToken().then(console.log)
