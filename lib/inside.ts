// What `dist/face.cjs` is made of: the public API, and what the command needs besides.
export * as api from './index'
export { lastRenewals } from './audit'
export { createTokenManager } from './create'
export { managerOf } from './environment'
export { missingCredentials, readSettings } from './environment/settings'
export { text, unusable } from './environment/variables'
export { baserow } from './providers'
export { fileStore } from './stores'
