/** The one script that writes, so that either all verbs of a batch know it or none does (PROTOCOL section 2). */
import { createHash } from 'node:crypto'
import { DISTANT_INDEX_VERBS, EXPEL } from './distant-index-script.ts'
import { USER_INDEX_VERBS } from './user-index-script.ts'

/**
 * KEYS[1] the record, and KEYS[2] the index of its user where that has to change (user-index-script.ts). ARGV: verb, own revision,
 * deadline in epoch ms, then what the verb needs. Answers 1 done, 0 gone or taken, or the stored value: changed; a write that joins
 * an index answers a list. A revision is found by fixed width, nothing is parsed.
 * What was applied already is confirmed by a small write, so that a WAIT behind it covers it. When memory is full, Redis refuses
 * the first write of a script, but for a PEXPIREAT: with one in front, a logout goes through all the same.
 */
export const WRITE_SCRIPT: string = `
local key, verb, mine, deadline = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
${USER_INDEX_VERBS}
${DISTANT_INDEX_VERBS}
-- All that tells what it is and who wrote: the values behind it would be copied for nothing.
local stored = redis.call('GETRANGE', key, 0, 147)
local function whole() return redis.call('GET', key) end
if stored == '' then stored = whole() end
local ended = stored and string.sub(stored, 1, 1) == '-'

if stored and not ended and string.sub(stored, 1, 12) ~= '{"v":1,"w":"' then
  return redis.error_reply('MALFORMED not a session record')
end

local function contains(revision)
  for at = 13, 132, 17 do
    if string.sub(stored, at, at + 7) == string.sub(revision, 1, 8) then
      return tonumber(string.sub(stored, at + 8, at + 14), 36) >= tonumber(string.sub(revision, 9, 15), 36)
    end
    if string.sub(stored, at + 16, at + 16) ~= ' ' then return false end
  end
  return false
end

if verb == 'create' then
  if not stored then
    local joined = join and join(5)
    if joined and joined[1] ~= 1 then return joined end
    redis.call('SET', key, ARGV[4], 'PXAT', deadline)
    return joined or 1
  end
  if ended or not contains(mine) then return 0 end
  redis.call('PEXPIREAT', key, deadline)
  return 1
end

if verb == 'replace' then
  if not ARGV[7] then join = nil end
  if not stored or ended then return 0 end
  if contains(ARGV[6]) then
    redis.call('PEXPIREAT', key, deadline)
    return 1
  end
  if string.sub(stored, 13, 28) ~= ARGV[4] then return whole() end
  local joined = join and join(7)
  if joined and joined[1] ~= 1 then return joined end
  redis.call('SET', key, ARGV[5], 'PXAT', deadline)
  if index and not join then redis.call('HDEL', index, key) end
  return joined or 1
end

if verb == 'touch' then
  if not stored or ended then return 0 end
  redis.call('PEXPIREAT', key, deadline)
  return 1
end

if verb == 'retire' then
  if not stored then return 0 end
  if ended then
    if string.sub(stored, 1, 25) ~= '-retired ' .. mine then return 0 end
    redis.call('PEXPIREAT', key, deadline)
    return 1
  end
  if string.sub(stored, 13, 28) ~= ARGV[4] then return whole() end
  redis.call('SET', key, '-retired ' .. mine .. ' ' .. ARGV[4], 'PXAT', deadline)
  if index then redis.call('HDEL', index, key) end
  return 1
end

${EXPEL}

if verb == 'destroy' or verb == 'expel' then
  if ended then
    redis.call('PEXPIREAT', key, deadline)
    if string.sub(stored, 1, 27) == '-destroyed ' .. mine then return 1 end
    return 0
  end
  local revision = stored and string.sub(stored, 13, 28) or '0000000000000000'
  redis.call('PEXPIREAT', key, deadline)
  redis.call('SET', key, '-destroyed ' .. mine .. ' ' .. revision, 'PXAT', deadline)
  if index then redis.call('HDEL', index, key) end
  return stored and 1 or 0
end

if verb == 'bury' then
  if ended then return 0 end
  redis.call('PEXPIREAT', key, deadline)
  redis.call('SET', key, ARGV[4], 'PXAT', deadline)
  return 1
end

if verb == 'restore' then
  if ended or redis.call('TIME')[1] * 1000 > tonumber(ARGV[6]) then return 0 end
  if stored then
    if contains(mine) then return 1 end
    if string.sub(stored, 13, 28) ~= ARGV[5] then return whole() end
  elseif ARGV[5] ~= '' then
    return 0
  end
  local joined = join and join(7)
  if joined and joined[1] ~= 1 then return 0 end
  local keep = stored and redis.call('PTTL', key) > deadline - redis.call('TIME')[1] * 1000
  if keep then redis.call('SET', key, ARGV[4], 'KEEPTTL') else redis.call('SET', key, ARGV[4], 'PXAT', deadline) end
  return 1
end

return redis.error_reply('ERR unknown verb')
`.trim()

export type RecordVerb = 'create' | 'replace' | 'touch' | 'retire' | 'destroy' | 'expel' | 'restore' | 'bury'
export type IndexVerb = 'raise' | 'forget' | 'enlist' | 'tidy' | 'leave'

export const WRITE_SHA: string = createHash('sha1').update(WRITE_SCRIPT).digest('hex')
