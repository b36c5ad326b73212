#!lua flags=allow-oom
-- Charges a file to its owner, or refuses: in one step, so that writers in several processes
-- cannot each take the last room. Repeating a call changes nothing. With `allow-oom`, since a
-- running job must be able to store its result.
-- KEYS[1] key prefix
-- ARGV    1 file  2 bytes that it needs  3 bytes that it would like  4 the owner's limit or ''
--         5 how long they are held (ms); '': the file is finished, and has them for good
-- Returns {bytes granted, or -1, bytes that all files are charged with, files whose hold lapsed}
local LAPSED_AT_ONCE = 100 -- holds that one call gives back: about 1 ms

local file, needed, wished = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local lapsed = redis.call('ZRANGE', HELD, '-inf', NOW, 'BYSCORE', 'LIMIT', 0, LAPSED_AT_ONCE)
for index, other in ipairs(lapsed) do
  forget(other)
  if other == file then -- late, but here it is
    table.remove(lapsed, index)
  end
end

local before = tonumber(redis.call('HGET', SIZES, file) or 0)
local granted = wished
if ARGV[4] ~= '' then
  granted = math.min(wished, tonumber(ARGV[4]) - (used() - before))
end
if granted < needed then
  return {-1, integer(used()), lapsed}
end
redis.call('HSET', SIZES, file, integer(granted))
redis.call('INCRBY', USED, integer(granted - before))
if ARGV[5] ~= '' then
  redis.call('ZADD', HELD, integer(NOW + tonumber(ARGV[5])), file)
else
  redis.call('ZREM', HELD, file)
  redis.call('ZADD', KEPT, integer(NOW), file)
end
return {integer(granted), integer(used()), lapsed}
