/**
 * The part of the write script for a user whose sessions are on other nodes than the index: on a cluster (decision 015). Joining is a
 * step before the write, and nothing here looks at a record but `expel`, which looks at one alone. The hash is that of
 * user-index-script.ts; "<key before>" is preceded by "<instant>~<by>~": until when its write may be on its way, and the revision of
 * that write, or '0' for one that was found missing at the instant. A generation of -1 is that of a session that has to go for another.
 */
import { TOMBSTONE_MS } from '@sentinel-session/core/internal'
import { JOIN } from './user-index-script.ts'

/** No request waits for longer than 15 s, and its last attempt may take a moment more. */
const IN_FLIGHT_MS = 16_000

/** What is said of a session when the index is told about it. `over`: it has ended, or is another's. */
export const KINDS = { over: 'o', missing: 'm', doomed: 'd' } as const

/** What `expel` answers where it did not end the session: it is another's, or nobody's, and what was about to bind it was made to fail. */
export const LEFT = 2

/**
 * On the index, as `raise`. `enlist`: session; 'new' for a create, 'known' for a later write, 'again' after a loss; now; what `joinArguments`
 * has; whether it is an answer to `ask`, and then pairs of a kind and a session. Answers as a write that joins, with the generation, whether
 * the key before is listed, who has to go, and some others; or where the limit is reached, asks first how all are.
 *
 * `tidy`: now, and such pairs. `leave`: a session whose create was refused. Answers whether it had been ended, and the generation.
 */
export const DISTANT_INDEX_VERBS: string = `
if index then
  local function opened(text)
    local generation, till, created, rest, label = string.match(text, '^(%-?%d+) (%d*) (%d+) (%S*) (.*)$')
    local flight, by, from = string.match(rest, '^(%d+)~(%w+)~(.*)$')
    return {
      generation = generation, till = till, created = created, label = label,
      flight = flight or '0', by = by or '0', from = from or rest
    }
  end

  local function listed(member)
    local text = member ~= '' and redis.call('HGET', index, member)
    return text and opened(text)
  end

  local function put(member, entry)
    local rest = table.concat({ entry.flight, entry.by, entry.from }, '~')
    local text = table.concat({ entry.generation, entry.till, entry.created, rest, entry.label }, ' ')
    redis.call('HSET', index, member, text)
  end

  if verb == 'tidy' then
    local generation, now = redis.call('HGET', index, 'g') or '0', tonumber(ARGV[4])
    for i = 5, #ARGV, 2 do
      local kind, member = ARGV[i], ARGV[i + 1]
      local entry = listed(member)
      local is_over = kind == '${KINDS.over}'
      if entry and kind == '${KINDS.doomed}' then is_over = entry.generation ~= generation end
      if entry and kind == '${KINDS.missing}' and tonumber(entry.flight) <= now then
        if entry.by == '0' and entry.flight ~= '0' then is_over = entry.flight + ${TOMBSTONE_MS} <= now
        else
          entry.flight, entry.by = ARGV[4], '0'
          put(member, entry)
        end
      end
      if is_over then redis.call('HDEL', index, member) end
    end
    return 1
  end

  if verb == 'leave' then
    local generation, entry = redis.call('HGET', index, 'g') or '0', listed(ARGV[4])
    local is_mine = entry and entry.by == mine
    if is_mine then redis.call('HDEL', index, ARGV[4]) end
    local was_ended = not entry or is_mine and entry.generation ~= generation
    return { was_ended and 1 or 0, generation }
  end

  if verb == 'enlist' then
    local member, mode, now = ARGV[4], ARGV[5], ARGV[6]
    local till, created, since, max, when_full, from, label = unpack(ARGV, 7, 13)
    local generation = redis.call('HGET', index, 'g') or '0'
    if since ~= '' and since ~= generation then return { ${JOIN.stale} } end

    local own, before = listed(member), listed(from)
    if own and mode == 'again' then return { ${JOIN.joined} } end
    if own and mode == 'new' and own.by ~= mine then return { ${JOIN.taken} } end
    if own and own.generation ~= generation and own.generation ~= '-1' then return { ${JOIN.doomed} } end
    if before and before.generation ~= generation then return { ${JOIN.doomed} } end
    if label == '' then label = (before or own or {}).label or '' end

    local doomed, sample = {}, {}
    if max == '' then
      local found = redis.call('HRANDFIELD', index, 8, 'WITHVALUES')
      for i = 1, #found, 2 do
        if found[i] ~= 'g' and found[i] ~= member and found[i] ~= from then
          sample[#sample + 1] = found[i]
          sample[#sample + 1] = found[i + 1]
        end
      end
    else
      local is_asked, said = ARGV[14] == '1', {}
      for i = 15, #ARGV, 2 do said[ARGV[i + 1]] = ARGV[i] end
      local all, others, moved = redis.call('HGETALL', index), {}, {}
      for i = 1, #all, 2 do
        local key = all[i]
        if key ~= 'g' and key ~= member and key ~= from then
          local entry = opened(all[i + 1])
          local is_missing = said[key] == '${KINDS.missing}' and tonumber(entry.flight) <= tonumber(now)
          if said[key] == '${KINDS.over}' then redis.call('HDEL', index, key)
          elseif entry.generation ~= generation then
            -- Whoever was about to end it may be dead.
            doomed[#doomed + 1] = key
          else
            others[#others + 1] = { key = key, entry = entry, is_missing = is_missing }
            if not is_missing then moved[entry.from] = true end
          end
        end
      end
      local counted = {}
      for _, each in ipairs(others) do
        if not moved[each.key] then counted[#counted + 1] = each end
      end
      local surplus = #counted + 1 - tonumber(max)
      if surplus > 0 then
        if not is_asked then
          table.insert(all, 1, ${JOIN.ask})
          return all
        end
        table.sort(counted, function(a, b)
          if a.is_missing ~= b.is_missing then return a.is_missing end
          local a_created, b_created = tonumber(a.entry.created), tonumber(b.entry.created)
          if a_created == b_created then return a.key < b.key end
          return a_created < b_created
        end)
        if when_full == 'reject' and not counted[surplus].is_missing then return { ${JOIN.full} } end
        for i = 1, surplus do
          local each = counted[i]
          each.entry.generation = '-1'
          put(each.key, each.entry)
          doomed[#doomed + 1] = each.key
          local former = not each.is_missing and listed(each.entry.from)
          if former then
            former.generation = '-1'
            put(each.entry.from, former)
            doomed[#doomed + 1] = each.entry.from
          end
        end
      end
    end

    local left = redis.call('PTTL', index)
    put(member, {
      generation = generation, till = till, created = created, label = label, from = from,
      flight = string.format('%.0f', now + ${IN_FLIGHT_MS}), by = mode == 'again' and '0' or mine
    })
    keep(left, till)
    return { ${JOIN.joined}, generation, before and 1 or 0, doomed, sample }
  end
end
`.trim()

/**
 * On the record, before `destroy`, which ends it: `expel` leaves alone what is another user's. What is nobody's gets another revision,
 * so that a write that would bind it finds it changed and has to join again.
 */
export const EXPEL: string = `
if verb == 'expel' and stored and not ended then
  stored = whole()
  local owner = string.match(stored, '^{"v":1,"w":"[%w ]+","c":%d+,"u":"([^"]*)"')
  if owner and owner ~= ARGV[4] or contains(mine) then return ${LEFT} end
  if not owner then
    local left = redis.call('PTTL', key)
    -- As in front of a logout: Redis takes it when memory is full.
    if left > 0 then redis.call('PEXPIRE', key, left) end
    local finish = string.find(stored, '"', 13, true)
    local list = string.sub(stored, 13, math.min(finish - 1, 130))
    redis.call('SET', key, '{"v":1,"w":"' .. mine .. ' ' .. list .. string.sub(stored, finish), 'KEEPTTL')
    return ${LEFT}
  end
end
`.trim()
