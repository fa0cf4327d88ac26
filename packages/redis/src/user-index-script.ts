/**
 * The part of the write script that knows whose session is whose (DESIGN 6.6). The index of a user is one hash: under `g` the
 * generation, and under the key of each session "<generation> <absolute deadline> <created> <key before> <label>". All that lives is in
 * it, and more: a session joins before it is written, and what has ended is taken out by whoever meets it. One of an older
 * generation is about to be ended: it may live on for a moment, but not under another key.
 */
import { TOMBSTONE_MS } from '@sentinel-session/core/internal'

/**
 * What a joining write answers, as the first of a list. With `joined`, the keys of the sessions that had to go follow. The last two are
 * of a cluster only.
 */
export const JOIN = { joined: 1, stale: -1, full: -2, doomed: -3, taken: -4, ask: -5 } as const

/** How many of an index are looked at by a login without a limit, so that what has ended does not pile up. */
const SAMPLE = 8

/**
 * All of it needs KEYS[2], the index. `raise`: generation, key to spare or '*', until when it is kept, the generation that it was
 * before. Answers the keys of all sessions that have an older generation; 0: it was raised meanwhile, and the caller asks again. So one
 * that runs late raises nothing, and of two at once the second ends what the first has spared.
 *
 * `forget`: takes out those of the given keys that do not live.
 *
 * `join`, for a write that makes the session one of the user's: takes ARGV from `first` on. It looks at keys that are not declared; on
 * Cluster it is a step of its own (distant-index-script.ts).
 */
export const USER_INDEX_VERBS: string = `
local index, join, keep = KEYS[2], nil, nil
if index then
  -- 'left' is the TTL before the first write: -2 absent, -1 without end.
  function keep(left, till)
    if till == '' or left == -1 then redis.call('PERSIST', index)
    else
      local ends = left + redis.call('TIME')[1] * 1000
      redis.call('PEXPIREAT', index, math.max(ends, tonumber(till)))
    end
  end

  if verb == 'raise' then
    local to, spare, till, before = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
    local now = redis.call('HGET', index, 'g') or '0'
    if before ~= '' and before ~= now then return 0 end
    local left = redis.call('PTTL', index)
    redis.call('PEXPIREAT', index, till)
    local older = {}
    local found = redis.call('HGETALL', index)
    for i = 1, #found, 2 do
      local generation, rest = string.match(found[i + 1], '^(%-?%d+)( .*)$')
      if rest and tonumber(generation) < tonumber(to) then
        -- Whom another is about to end nobody spares.
        if generation == now and (spare == '*' or spare == found[i]) then
          redis.call('HSET', index, found[i], to .. rest)
        else older[#older + 1] = found[i] end
      end
    end
    if tonumber(now) < tonumber(to) then redis.call('HSET', index, 'g', to) end
    keep(left, till)
    return older
  end

  if verb == 'forget' then
    for i = 4, #ARGV do
      if redis.call('GETRANGE', ARGV[i], 0, 0) ~= '{' then redis.call('HDEL', index, ARGV[i]) end
    end
    return 1
  end

  local function is_live(member)
    return member ~= '' and redis.call('GETRANGE', member, 0, 0) == '{'
  end

  local function parts(listed)
    return string.match(listed, '^(%d+) (%d*) (%d+) (%S*) (.*)$')
  end

  local function finish(member)
    if not is_live(member) then return false end
    local revision = redis.call('GETRANGE', member, 12, 27)
    redis.call('SET', member, '-destroyed ' .. mine .. ' ' .. revision, 'PX', ${TOMBSTONE_MS})
    redis.call('HDEL', index, member)
    return true
  end

  join = function(first)
    local till, created, since, max, when_full, from, label = unpack(ARGV, first, first + 6)
    local generation = redis.call('HGET', index, 'g') or '0'
    if since ~= '' and since ~= generation then return { ${JOIN.stale} } end

    if from ~= '' and not is_live(from) then return { ${JOIN.doomed} } end
    local before = redis.call('HGET', index, from == '' and key or from)
    if before then
      local its_generation, _, _, _, its_label = parts(before)
      if its_generation ~= generation then
        finish(from == '' and key or from)
        return { ${JOIN.doomed} }
      end
      if label == '' then label = its_label end
    end

    local live, moved = {}, {}
    local found = max == '' and redis.call('HRANDFIELD', index, ${SAMPLE}, 'WITHVALUES') or redis.call('HGETALL', index)
    for i = 1, #found, 2 do
      local member = found[i]
      if member ~= 'g' and member ~= key and member ~= from then
        local its_generation, _, its_creation, its_from = parts(found[i + 1])
        if not is_live(member) then redis.call('HDEL', index, member)
        elseif its_generation == generation then
          live[#live + 1] = { key = member, created = tonumber(its_creation), from = its_from }
          moved[its_from] = true
        end
      end
    end

    local reply = { ${JOIN.joined} }
    if max ~= '' then
      local counted = {}
      for _, each in ipairs(live) do
        if not moved[each.key] then counted[#counted + 1] = each end
      end
      local surplus = #counted + 1 - tonumber(max)
      if surplus > 0 and when_full == 'reject' then return { ${JOIN.full} } end
      table.sort(counted, function(a, b)
        if a.created == b.created then return a.key < b.key end
        return a.created < b.created
      end)
      for i = 1, surplus do
        for _, member in ipairs({ counted[i].key, counted[i].from }) do
          if finish(member) then reply[#reply + 1] = member end
        end
      end
    end

    local left = redis.call('PTTL', index)
    redis.call('HSET', index, key, table.concat({ generation, till, created, from, label }, ' '))
    keep(left, till)
    return reply
  end
end
`.trim()
