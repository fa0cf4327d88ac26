/**
 * The script that writes records which another program reads and writes too: its values hold nothing of ours, so that a digest of the whole
 * value stands for its revision, and the tombstone has a key of its own (decision 016).
 */
import { createHash } from 'node:crypto'

/**
 * KEYS[1] the record, KEYS[2] its tombstone. ARGV: verb, own mark, deadline in epoch ms, then what the verb needs. Answers 1 done, 0 gone
 * or taken, or the stored value: changed. What was applied already is confirmed by a small write, so that a WAIT behind it covers it. When
 * memory is full, Redis refuses the first write of a script, but for a DEL: with one in front, a logout goes through all the same.
 */
export const SHARED_SCRIPT: string = `
local key, side, verb, mine, deadline = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
local ended = redis.call('GET', side)

if verb == 'destroy' then
  local existed = redis.call('DEL', key)
  if ended then
    redis.call('PEXPIREAT', side, deadline)
    if ended == '-destroyed ' .. mine then return 1 end
  else
    redis.call('SET', side, '-destroyed ' .. mine, 'PXAT', deadline)
  end
  return existed
end

if verb == 'bury' then
  redis.call('DEL', key)
  if not ended then redis.call('SET', side, mine, 'PXAT', deadline) end
  return 1
end

local stored = redis.call('GET', key)
local digest = stored and redis.sha1hex(stored)

if verb == 'retire' then
  if ended == '-retired ' .. mine then
    redis.call('PEXPIREAT', side, deadline)
    return 1
  end
  if ended or not stored then return 0 end
  if digest ~= ARGV[4] then return stored end
  redis.call('SET', side, '-retired ' .. mine, 'PXAT', deadline)
  redis.call('DEL', key)
  return 1
end

if ended then return 0 end

if verb == 'create' then
  if stored and digest ~= ARGV[5] then return 0 end
  redis.call('SET', key, ARGV[4], 'PXAT', deadline)
  return 1
end

if not stored then return 0 end

if verb == 'replace' then
  if digest ~= ARGV[4] and digest ~= ARGV[6] then return stored end
  redis.call('SET', key, ARGV[5], 'PXAT', deadline)
  return 1
end

if verb == 'touch' then
  redis.call('PEXPIREAT', key, deadline)
  return 1
end

return redis.error_reply('ERR unknown verb')
`.trim()

export const SHARED_SHA: string = createHash('sha1').update(SHARED_SCRIPT).digest('hex')

/** In the slot of the record, and under no name that a sid can have. */
export function tombstoneKey(key: string): string {
  return `{${key}}:ended`
}
