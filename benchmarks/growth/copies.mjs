/** Many records where one is: real ones, of the form that their writer gave them, under keys of the same length. */
const PER_CALL = 5_000

/** The end of a key counts up; all else of it stays. It lives as long as the first. */
const COPY = `
local dump, left = redis.call('DUMP', KEYS[1]), math.max(redis.call('PTTL', KEYS[1]), 0)
local head = string.sub(KEYS[1], 1, -9)
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  redis.call('RESTORE', head .. string.format('%08x', i), left, dump)
end
return redis.status_reply('OK')
`

/** Numbers `from` up to, and without, `to`. With `replicas`, none is left behind. */
export async function copies(client, key, from, to, replicas = 0) {
  for (let at = from; at < to; at += PER_CALL) {
    await client.eval(COPY, 1, key, at, Math.min(at + PER_CALL, to) - 1)
    if (replicas > 0) await client.wait(replicas, 10_000)
  }
}

/** A key that holds what is to be copied; undefined where there is none. */
export async function firstOf(client, type, match = '*') {
  const [, keys] = await client.scan(0, 'MATCH', match, 'COUNT', 100_000, 'TYPE', type)
  return keys[0]
}
