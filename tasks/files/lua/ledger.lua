-- What one owner's files take. Prefixed to each script of the ledger.
--
-- KEYS[1] is the owner's key prefix, `jobcast:files:{digest of the owner}:`. It is no key itself;
-- its hash tag puts every key built from it into one slot of a Cluster.
local SIZES = KEYS[1] .. 'sizes' -- hash: file → bytes that it is charged with
local HELD = KEYS[1] .. 'held'   -- sorted set: files being written, by when their hold lapses (ms)
local KEPT = KEYS[1] .. 'kept'   -- sorted set: finished files, by when they were (ms)
local USED = KEYS[1] .. 'used'   -- the sum of SIZES

local NOW = tonumber(CLOCK[1]) * 1000 + math.floor(tonumber(CLOCK[2]) / 1000)

local function integer(number)
  return string.format('%.0f', number)
end

local function used()
  return tonumber(redis.call('GET', USED) or 0)
end

local function forget(file)
  local size = redis.call('HGET', SIZES, file)
  if size then
    redis.call('HDEL', SIZES, file)
    redis.call('ZREM', HELD, file)
    redis.call('ZREM', KEPT, file)
    redis.call('DECRBY', USED, size)
  end
end
