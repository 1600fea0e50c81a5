/// <reference lib="esnext.disposable" />
export type {
  BaserowJwtManager,
  BaserowJwtManagerOptions,
  EpochMs,
  GetTokenOptions,
  Logger,
  TokenEvent,
  TokenEventName,
  TokenManager,
  TokenSource,
  TokenStatus,
  TuningOptions,
} from './api'
export { BaserowJwtManagerDisabled, BaserowJwtManagerImpl, createBaserowJwtManager } from './baserow'
export type { TokenErrorCode, TokenErrorOptions } from './errors'
export { BaserowAuthError, TokenError } from './errors'
export { fromEnv } from './environment'
