/// <reference lib="esnext.disposable" />
export type {
  BaserowJwtManager,
  BaserowJwtManagerOptions,
  BaserowOptions,
  EpochMs,
  FileStoreOptions,
  GetTokenOptions,
  JsonLoginOptions,
  Logger,
  Provider,
  Store,
  StoreCallbacks,
  TokenAttempt,
  TokenEvent,
  TokenEventName,
  TokenManager,
  TokenManagerOptions,
  TokenSource,
  TokenStatus,
  TuningOptions,
} from './api'
export { BaserowJwtManagerDisabled, BaserowJwtManagerImpl, createBaserowJwtManager } from './baserow'
export { createTokenManager } from './create'
export { fromEnv } from './environment'
export type { TokenErrorCode, TokenErrorOptions } from './errors'
export { BaserowAuthError, TokenError } from './errors'
export { baserow, jsonLogin } from './providers'
export { customStore, fileStore, memoryStore } from './stores'
