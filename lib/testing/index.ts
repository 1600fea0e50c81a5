/**
 * `tokenkeep/testing`: a server for tests that answers the auth requests of Baserow as a real one does,
 * runs in the test's process, and fails on demand. The contract it keeps was observed on Baserow 1.35.3.
 */
export { DEFAULT_USER } from './options'
export { signJwt } from './jwt'
export { startBaserow } from './server'
export type { BaserowCounters, BaserowServer, BaserowUser, RecordedRequest } from './handle'
export type { BaserowDialect, BaserowServerOptions, BaserowServerSettings, TestUser, ThrottleOptions } from './options'
export type { Endpoint, Fault, FaultKind } from './faults'
