// What the library's face offers in this version's working state; one import each once they are there.
import type { Logger, TokenManager } from '../api'
import * as face from '../index'
import type { JsonLoginOptions } from './provider_file'

interface Provider {
  readonly kind: string
}
interface Store {
  readonly kind: string
}

interface Parts {
  createTokenManager(options: {
    provider: Provider
    store?: Store
    refreshMarginSeconds?: number
    refreshIntervalSeconds?: number
    ttlSeconds?: number
    fallbackEnv?: string
    serveStale?: boolean
    logger?: Logger
  }): TokenManager
  baserow(options: { baseUrl: string; email: string; password: string }): Provider
  jsonLogin(options: JsonLoginOptions): Provider
  fileStore(options: { dir?: string; encryptionKey?: Uint8Array }): Store
  memoryStore(): Store
}

export const { createTokenManager, baserow, jsonLogin, fileStore, memoryStore } = face as unknown as Parts
