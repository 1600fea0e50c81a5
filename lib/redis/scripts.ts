/**
 * What happens in Redis: each script is one round trip and one step. They are sent as they are and not by their hash: a server that was
 * restarted or has just taken over knows no hashes, and a renewal every few minutes is no load. Generations are compared as texts: Lua's numbers
 * round, and are printed in another way.
 *
 * A client sends a command again when its connection broke, and nobody knows whether the first one arrived. What writes is therefore
 * given a name of whoever asks, and does the same thing only once. CLEAR has none: sent twice, it answers `refused` for what it did clear, which
 * logout() and replaceProvider() take for somebody else's doing.
 */

/** `[…, text?, generation?]`: what lies under a key. A hash of ours has both fields or is none of ours. */
const LOOK = `
local function look(key, call)
  local found = call('HMGET', key, 'generation', 'record')
  if found.err then return {'unreadable'} end
  if found[1] and found[2] then return {'record', found[2], found[1]} end
  if redis.call('EXISTS', key) == 0 then return {'nothing'} end
  return {'foreign'}
end
`

/** `KEYS`: record. */
export const LOAD = `${LOOK}
return look(KEYS[1], redis.call)`

/**
 * `KEYS`: record. `ARGV`: the generation that is expected (empty: nothing is there), the new one, the text and the save's
 * own name.
 */
export const SAVE = `
local found = redis.call('HMGET', KEYS[1], 'generation', 'save')
if found[1] and found[2] == ARGV[4] then return {'saved'} end
if not found[1] and redis.call('EXISTS', KEYS[1]) == 1 then return {'foreign'} end
if (found[1] or '') ~= ARGV[1] then return {'refused'} end
redis.call('HSET', KEYS[1], 'generation', ARGV[2], 'record', ARGV[3], 'save', ARGV[4])
return {'saved'}`

/** `KEYS`: record. `ARGV`: the generation that is expected. */
export const CLEAR = `
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return {'refused'} end
redis.call('DEL', KEYS[1])
return {'cleared'}`

/**
 * `KEYS`: lease, record. `ARGV`: its owner, for how many milliseconds from now, also where it is its already. Whoever takes the lease is told what lies under it in the same breath;
 * whoever does not, for how much longer it may be held, by whom, and which generation lies there, if any.
 */
export const TAKE = `${LOOK}
local isNew = redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
local owner = redis.call('GET', KEYS[1])
if owner == ARGV[1] then
  if not isNew then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return {'taken', unpack(look(KEYS[2], redis.pcall))}
end
local found = redis.pcall('HGET', KEYS[2], 'generation')
return {'held', tostring(redis.call('PTTL', KEYS[1])), owner, type(found) == 'string' and found or ''}`

/**
 * `KEYS`: lease. `ARGV`: its owner, for how many milliseconds from now. A server that has forgotten it, for it came back empty or another
 * took over, is told again.
 */
export const EXTEND = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'taken'} end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {'extended'}`

/** `KEYS`: lease. `ARGV`: its owner. Somebody else's stays. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
redis.call('DEL', KEYS[1])
return {'released'}`
