/**
 * The script that writes records which another program reads and writes too: their values hold nothing of ours, so that a digest of all of it
 * stands for the base, and what we have to know stands beside it, under a key of its own (decision 016).
 */
import { createHash } from 'node:crypto'

/** How long it is known who wrote a record: several times as long as any commit is tried. */
const WRITERS_MS = 60_000

/**
 * KEYS[1] the record, KEYS[2] what is beside it: '-' and how it ended, or '+' and the latest revisions of those of us that wrote it within a
 * minute. ARGV: verb, own revision, deadline in epoch ms, then what the verb needs. Answers 1 done, 0 gone or taken, or the stored value:
 * changed. What was applied already is confirmed by a small write, so that a WAIT behind it covers it: two may write the very same bytes, so
 * these do not tell. When memory is full, Redis refuses the first write of a script, but for a DEL: with one in front, a logout goes
 * through all the same.
 */
export const SHARED_SCRIPT: string = `
local key, side, verb, mine, deadline = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
local beside = redis.call('GET', side) or ''
local ended = string.sub(beside, 1, 1) == '-'

if verb == 'destroy' then
  local existed = redis.call('DEL', key)
  if ended then
    redis.call('PEXPIREAT', side, deadline)
    if beside == '-destroyed ' .. mine then return 1 end
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
  if beside == '-retired ' .. mine then
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

local function contains(revision)
  for at = 2, 121, 17 do
    if string.sub(beside, at, at + 7) == string.sub(revision, 1, 8) then
      return tonumber(string.sub(beside, at + 8, at + 14), 36) >= tonumber(string.sub(revision, 9, 15), 36)
    end
  end
  return false
end

local function store(value)
  local writers = '+' .. mine
  for at = 2, 121, 17 do
    local writer = string.sub(beside, at, at + 15)
    if writer == '' or #writers > 120 then break end
    if string.sub(writer, 1, 8) ~= string.sub(mine, 1, 8) then writers = writers .. ' ' .. writer end
  end
  redis.call('SET', key, value, 'PXAT', deadline)
  redis.call('SET', side, writers, 'PX', ${WRITERS_MS})
  return 1
end

if verb == 'create' then
  if not stored then return store(ARGV[4]) end
  if not contains(mine) then return 0 end
  redis.call('PEXPIREAT', key, deadline)
  return 1
end

if not stored then return 0 end

if verb == 'replace' then
  if contains(ARGV[6]) then
    redis.call('PEXPIREAT', key, deadline)
    return 1
  end
  if digest ~= ARGV[4] then return stored end
  return store(ARGV[5])
end

if verb == 'touch' then
  redis.call('PEXPIREAT', key, deadline)
  return 1
end

return redis.error_reply('ERR unknown verb')
`.trim()

export const SHARED_SHA: string = createHash('sha1').update(SHARED_SCRIPT).digest('hex')

/** What stands beside a record: in its slot, and under no name that a sid can have. */
export function besideKey(key: string): string {
  return `{${key}}:beside`
}

/** Undefined while it has not ended. */
export function endingIn(beside: string): 'retired' | 'destroyed' | undefined {
  if (!beside.startsWith('-')) return undefined
  return beside.startsWith('-retired') ? 'retired' : 'destroyed'
}

/** The revisions of those that wrote it; empty when that is not known. */
export function writersIn(beside: string): string {
  return beside.startsWith('+') ? beside.slice(1) : ''
}
