// What a test waits for comes as soon as it can on a machine that is as busy as can be. A second, which is vitest's default, is a
// promise about the machine and none of ours; only a test that fails waits for as long as this.
import { vi } from 'vitest'

const PATIENCE_MS = 10_000

const { waitFor } = vi
vi.waitFor = (work, options) => waitFor(work, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options })
