-- Stores copies of a job that has ended: its keys, and its places in sorted sets, under other ids.
-- One step, so that no one meets half a copy; and here, since by the client a million take minutes.
-- KEYS    the job's own keys, and then, for each of its places, the sorted set
-- ARGV    1 its id  2 how many of KEYS are its own  3 number of the first copy  4 how many copies
--         then, for each of its places, the member and its score
-- Returns the id of the last copy.
local id, own = ARGV[1], tonumber(ARGV[2])
local pattern = string.gsub(id, '%p', '%%%0')
local copy

local function renamed(text)
  return (string.gsub(text, pattern, copy))
end

local WRITERS = {hash = {'HGETALL', 'HSET'}, list = {'LRANGE', 'RPUSH', 0, -1}}
local templates = {}
for i = 1, own do
  local kind = redis.call('TYPE', KEYS[i]).ok
  local writer = WRITERS[kind]
  if not writer then
    return redis.error_reply('cannot copy a ' .. kind)
  end
  templates[i] = {writer[2], redis.call(writer[1], KEYS[i], unpack(writer, 3))}
end

for number = tonumber(ARGV[3]), tonumber(ARGV[3]) + tonumber(ARGV[4]) - 1 do
  -- The last 12 digits of a UUID.
  copy = string.sub(id, 1, -13) .. string.format('%012x', number)
  for i, template in ipairs(templates) do
    local values = {}
    for v, value in ipairs(template[2]) do
      values[v] = renamed(value)
    end
    redis.call(template[1], renamed(KEYS[i]), unpack(values))
  end
  for i = own + 1, #KEYS do
    local place = 5 + 2 * (i - own - 1)
    redis.call('ZADD', KEYS[i], ARGV[place + 1], renamed(ARGV[place]))
  end
end
return copy
