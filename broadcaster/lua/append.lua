-- How a channel and a feed are written. A channel C is a hash at C (fields epoch, offset, bytes;
-- others belong to the caller), a list at C:history, and the pub/sub channel C. A feed F is a
-- sorted set at F (channels by revision), a counter at F:revision, the pub/sub channel F, and,
-- while anyone follows it, its era at F:followed.
-- Names must share the hash tag of the script's first key: then all of it is in one slot.
--
-- Expects the locals PUBLISH and EPOCH_SEED.

local function integer(number)
  return string.format('%.0f', number)
end

local CLOCK = redis.call('TIME')
-- Which event at an offset is meant, should a failover have lost the first one: offsets count
-- on from what the new primary knows, but no two primaries write at the same microsecond.
local STAMP = string.format('%x', tonumber(CLOCK[1]) * 1000000 + tonumber(CLOCK[2]))

local KEPT_EVENTS = 1000        -- about 100 s of a job that reports 10 times a second
local KEPT_BYTES = 1024 * 1024  -- what one channel may cost Valkey, whatever is published

-- Appends an event and publishes it. Returns it as it was stored.
-- head: what HMGET gave for the channel's epoch, offset and bytes; `keep` has to write it
-- kind: '-' | 'm' (only the newest of a run matters) | 'f' (the last of its channel)
local function append(channel, head, kind, payload)
  local history = channel .. ':history'
  head.epoch = head.epoch or EPOCH_SEED
  head.offset = integer((head.offset or 0) + 1)
  local encoded = head.offset .. ' ' .. head.epoch .. ' ' .. STAMP .. ' ' .. kind .. ' ' .. payload
  local kept = redis.call('RPUSH', history, encoded)
  local bytes = (head.bytes or 0) + #encoded
  while kept > 1 and (kept > KEPT_EVENTS or bytes > KEPT_BYTES) do
    bytes = bytes - #redis.call('LPOP', history)
    kept = kept - 1
  end
  head.bytes = integer(bytes)
  redis.call(PUBLISH, channel, encoded)
  return encoded
end

-- Writes what `append` has changed of the head, and {field, value, …} beside it, in one call.
local function keep(channel, head, changed)
  redis.call('HSET', channel, 'epoch', head.epoch, 'offset', head.offset, 'bytes', head.bytes,
    unpack(changed))
end

-- Whether the channel keeps the event at this offset with this stamp: 'yes', 'no' (there is
-- another one), or 'unknown' when it is no longer kept.
local function keeps(channel, offset, stamp)
  local history = channel .. ':history'
  local newest = tonumber(redis.call('HGET', channel, 'offset') or 0)
  local index = offset - (newest - redis.call('LLEN', history)) - 1
  if offset > newest then
    return 'no'
  elseif index < 0 then
    return 'unknown'
  end
  local found = string.match(redis.call('LINDEX', history, index), '^%d+ %S+ (%S+) ')
  return found == stamp and 'yes' or 'no'
end

-- Tells a feed that the channel's newest event is now this one. Where nobody follows the feed, it
-- only learns of new channels: who begins to follow it starts from there, and who comes back
-- after a pause sees by the era that there was one, and takes the newest event of each.
local function notify(feed, channel, encoded, is_first)
  local followed = redis.call('EXISTS', feed .. ':followed') == 1
  if followed or is_first then
    local revision = redis.call('INCR', feed .. ':revision')
    redis.call('ZADD', feed, revision, channel)
    if followed then
      redis.call(PUBLISH, feed, revision .. ' ' .. channel .. ' ' .. encoded)
    end
  end
end
