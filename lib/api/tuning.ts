import type { Logger } from './logger'
import type { Store } from './stores'

/** How a manager reaches its server and how patient it is. */
export interface TuningOptions {
  /** Where sessions outlive the process. Defaults to {@link memoryStore}. */
  store?: Store | undefined
  /**
   * `'background'` renews ahead of time, whether anybody asks for a token or not, from the first token on: callers do not wait
   * while the server answers. That keeps no process alive, and ends when the manager is closed or collected. `'on-demand'` renews
   * when a caller comes. `TOKENKEEP_AUTO_REFRESH=false` in the environment switches the background off, and
   * `refreshIntervalSeconds` too. Defaults to `'on-demand'`.
   */
  refresh?: 'on-demand' | 'background' | undefined
  /**
   * Also renews every so often, whatever the expiry says, the first time after one interval. That keeps no process alive, but it does keep
   * the manager: close it when it is of no more use. Defaults to off.
   */
  refreshIntervalSeconds?: number | undefined
  /**
   * For what is worth retrying within one renewal (network, timeout, 429, 500, 502, 503, 504). `attempts` defaults to 1 for the
   * drop-in and {@link custom} and to 3 else, `baseDelayMs` to 200 (doubling, half of it left to chance), `maxDelayMs` to 5 000, which also bounds
   * the Retry-After that is waited for.
   */
  retry?:
    | { attempts?: number | undefined; baseDelayMs?: number | undefined; maxDelayMs?: number | undefined }
    | undefined
  /** Name of an environment variable with base64 JSON tokens, used when refresh and login have failed. Defaults to none. */
  fallbackEnv?: string | undefined
  /** Forces a lifetime where the server's answer has none, or caps the one it has. Defaults to none. */
  ttlSeconds?: number | undefined
  /** For one HTTP attempt, or one call of a custom login. Defaults to 10 000; to 120 000 for {@link custom}. */
  timeoutMs?: number | undefined
  /** For a whole renewal (refresh, login, second factor, retries) once it is this process's turn. Defaults to 30 000; to 150 000 for {@link custom}. */
  deadlineMs?: number | undefined
  /** Extra trust (PEM or DER), a client certificate (PEM), and where roots come from. Defaults to bundled roots and NODE_EXTRA_CA_CERTS. */
  tls?:
    | {
        ca?: string | Uint8Array | Array<string | Uint8Array> | undefined
        cert?: string | undefined
        key?: string | undefined
        roots?: 'bundled' | 'system' | undefined
      }
    | undefined
  /** A proxy's URL, or `true` for HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Defaults to true; to none for the drop-in. */
  proxy?: string | boolean | undefined
  /**
   * Sends all requests, instead of the native client: with your agent, through your mocks (msw, nock). `tls` and `proxy` are then its own
   * business. Defaults to none.
   */
  fetch?: typeof fetch | undefined
  /** When a renewal fails, answer with the last token while it has not expired. Defaults to true. */
  serveStale?: boolean | undefined
  /** Where log lines go. Defaults to nowhere. */
  logger?: Logger | undefined
}
