/// <reference lib="esnext.disposable" />
export type {
  BaserowJwtManager,
  BaserowJwtManagerOptions,
  BaserowOptions,
  CustomOptions,
  EpochMs,
  FileStoreOptions,
  GetTokenOptions,
  JsonLoginOptions,
  Logger,
  OAuth2Options,
  Provider,
  Store,
  StoreCallbacks,
  TokenAttempt,
  TokenEvent,
  TokenEventName,
  TokenInvalidation,
  TokenManager,
  TokenManagerOptions,
  TokenPool,
  TokenPoolOptions,
  TokenPoolStatus,
  TokenRenewal,
  TokenRenewalCause,
  TokenRestoration,
  TokenSet,
  TokenSource,
  TokenStatus,
  TuningOptions,
} from './api'
export type { ApiAnswer } from './dead_token'
export { BaserowJwtManagerDisabled, BaserowJwtManagerImpl, createBaserowJwtManager } from './baserow'
export { createTokenManager } from './create'
export { custom } from './custom'
export { fromEnv } from './environment'
export type { TokenErrorCode, TokenErrorOptions } from './errors'
export { BaserowAuthError, TokenError } from './errors'
export { oauth2 } from './oauth2'
export { createTokenPool } from './pool'
export { baserow, jsonLogin } from './providers'
export { customStore, fileStore, memoryStore } from './stores'
