// In the place of `lib/otel.ts` where modules cannot be loaded on the spot: nothing is attached by itself.
import type { TokenRenewal } from '../api'

export function attach(): void {}

export function within<T>(_: TokenRenewal, work: () => T): T {
  return work()
}
