import type { AxiosInstance } from 'axios'
import { invalid } from '../checks'

/**
 * An instance of the very same axios that adds nothing to what it is given: it finds the adapter and makes the errors that the
 * user's own copy of axios would.
 */
export function bareOf(instance: unknown): AxiosInstance {
  const { create, interceptors } = (instance ?? {}) as Partial<AxiosInstance>
  if (typeof create !== 'function' || typeof interceptors?.request?.use !== 'function') {
    throw invalid('instance', 'must be axios or what axios.create() returns')
  }
  const bare = create()
  for (const name of Object.keys(bare.defaults)) delete (bare.defaults as Record<string, unknown>)[name]
  return bare
}
