import { equal, failure, ok } from '../claims.mjs'

export const loading = [
  {
    name: 'the build that is loaded is the native addon: it has files',
    needs: 'isNative',
    async run({ tokenkeep }) {
      equal(tokenkeep.fileStore({ dir: 'nowhere' }).kind, 'file', 'the kind of the store')
    },
  },
  {
    name: 'the build that is loaded is WebAssembly: fileStore() is refused, with what to use instead',
    needs: 'isWasm',
    async run({ tokenkeep }) {
      const error = await failure(() => tokenkeep.fileStore())
      equal(error.code, 'INVALID_OPTION', 'the code')
      ok(error.message.includes('customStore()'), error.message)
    },
  },
  {
    name: 'every name of the package is there',
    async run({ tokenkeep }) {
      const names = ['createTokenManager', 'createTokenPool', 'createBaserowJwtManager', 'baserow', 'oauth2', 'jsonLogin', 'custom']
      for (const name of [...names, 'memoryStore', 'customStore', 'fileStore', 'fromEnv', 'TokenError', 'BaserowAuthError']) {
        equal(typeof tokenkeep[name], 'function', name)
      }
    },
  },
]
