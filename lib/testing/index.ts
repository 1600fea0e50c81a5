/**
 * `tokenkeep/testing`: servers for tests that run in the test's process and fail on demand. One answers the auth requests
 * of Baserow as a real one does (the contract it keeps was observed on Baserow 1.35.3), the other is any JSON login with
 * one-time refresh tokens. A third one, which may stand in front of either, fails below HTTP.
 */
export { DEFAULT_USER } from './options'
export { signJwt } from './jwt'
export { startBaserow } from './server'
export { DEFAULT_KEY } from './token-server/options'
export { startFaultServer } from './fault-server/server'
export { startTokenServer } from './token-server/server'
export type { BaserowCounters, BaserowServer, BaserowUser, RecordedRequest } from './handle'
export type { BaserowDialect, BaserowServerOptions, BaserowServerSettings, TestUser, ThrottleOptions } from './options'
export type { Endpoint, Fault, FaultKind } from './faults'
export type { Endless, Moment, NetworkFault, NetworkFaultKind } from './fault-server/faults'
export type { FaultServer, FaultServerCounters, FaultServerOptions } from './fault-server/options'
export type { TokenEndpoint, TokenServer, TokenServerCounters } from './token-server/handle'
export type { LoginRateLimit, TokenServerOptions, TokenServerSettings, TokenServerUser } from './token-server/options'
export { memoryCallbacks, storeContract } from './store_contract'
export type { StoreCase, StoreContractOptions } from './store_contract'
