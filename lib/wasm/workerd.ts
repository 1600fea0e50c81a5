// The entry for Cloudflare's runtime, which compiles what it deploys.
import * as workers from 'cloudflare:workers'
import compiled from './tokenkeep.wasm'
import { compiledBy } from './instance'
import { endsWithRequests } from './requests'

compiledBy(() => compiled)
// By its name and not as a part of the module: older ones have no such export.
const { waitUntil } = workers
endsWithRequests(waitUntil)

export * from '../index'
