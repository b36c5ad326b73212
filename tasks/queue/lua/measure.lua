#!lua
-- Adds what a worker counted to the present minute, and notes how many jobs wait. In one step,
-- so that no minute is left without an end. Refused when memory is full: jobs come first.
-- KEYS[1] key prefix
-- ARGV    1 how long the minute is kept (ms)  2… field, increment, field, increment, …
-- Returns 1
local minute = PREFIX .. 'minute:' .. integer(math.floor(NOW / 60000))
for i = 2, #ARGV, 2 do
  redis.call('HINCRBY', minute, ARGV[i], ARGV[i + 1])
end
local waiting = redis.call('LLEN', QUEUED)
if waiting > tonumber(redis.call('HGET', minute, 'waiting') or -1) then
  redis.call('HSET', minute, 'waiting', waiting)
end
redis.call('PEXPIRE', minute, ARGV[1])
return 1
