import type { AxiosAdapter, AxiosError, AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import { bareOf } from './axios/bare'
import { guarded } from './axios/redirects'
import { options as given } from './checks'
import { Origins } from './origins'
import { type Authorizer, authorize, checkAuthorizer, isRefused, isReplayable } from './refusal'

export type { ApiAnswer } from './dead_token'
export type { Authorizer } from './refusal'

/** Where the token may go. */
export interface AttachAuthOptions {
  /** Scheme, host and port of each API that gets the token, such as `https://api.example.com`; nobody else ever does. */
  origins: readonly string[]
}

/**
 * From now on the requests of this instance carry the `Authorization` header at the listed origins. When the answer says that the
 * token is dead, that very token is invalidated and the request is repeated once, unless its data is a stream. A request that
 * brings an `Authorization` (or `auth`) of its own is left alone. Answers the function that detaches it again.
 */
export function attachAuth(instance: AxiosInstance, manager: Authorizer, options: AttachAuthOptions): () => void {
  const bare = bareOf(instance)
  checkAuthorizer(manager)
  const origins = new Origins(given(options).origins)

  /** In the place of the request's own adapter: after all interceptors, which may still change where it goes. */
  async function send(config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const plain = { ...config, transformRequest: [], transformResponse: [] }
    if (!isOurs(config)) return bare.request(plain)
    for (let repeated = false; ; repeated = true) {
      const header = await authorize(manager, config.signal as AbortSignal | undefined)
      const beforeRedirect = guarded(config.beforeRedirect, origins, header)
      const headers = config.headers.concat({ Authorization: header })
      const [response, settle] = await outcome(bare.request({ ...plain, headers, beforeRedirect }))
      if (response?.status !== 401) return settle()
      const isStream = typeof response.data?.pipe === 'function' || typeof response.data?.getReader === 'function'
      const answer = { status: 401, headers: { ...response.headers } as Record<string, string>, body: isStream ? undefined : response.data }
      const refused = await isRefused(manager, header, answer)
      if (!refused || repeated || !isReplayable(config.data)) return settle()
      if (isStream) (response.data.destroy ?? response.data.cancel)?.call(response.data)
    }
  }

  function isOurs(config: InternalAxiosRequestConfig): boolean {
    // A socket may lead anywhere, whatever the URL says.
    if (config.headers.has('Authorization') || config.auth || config.socketPath) return false
    const { params: _params, ...target } = config
    return origins.has(bare.getUri(target))
  }

  const interceptor = instance.interceptors.request.use(
    (config) => {
      const { adapter } = config
      const ours: AxiosAdapter = async (final) => {
        // What callers find in the answer is what they have sent: they may send it again, and it has no token in it.
        restore(final, adapter)
        const [response, settle, error] = await outcome(send(final))
        if (response) response.config = final
        if (error?.config) error.config = final
        return settle()
      }
      config.adapter = ours
      return config
    },
    null,
    { synchronous: true },
  )
  return () => instance.interceptors.request.eject(interceptor)
}

function restore(config: InternalAxiosRequestConfig, adapter: InternalAxiosRequestConfig['adapter']): void {
  if (adapter === undefined) delete config.adapter
  else config.adapter = adapter
}

/** What came back, whether axios counts it as a success or not, and how the caller is to learn of it. */
async function outcome(sent: Promise<AxiosResponse>): Promise<[response: AxiosResponse | undefined, settle: () => AxiosResponse, error?: AxiosError]> {
  try {
    const response = await sent
    return [response, () => response]
  } catch (error) {
    const settle = () => {
      throw error
    }
    return [(error as AxiosError).response, settle, error as AxiosError]
  }
}
