#!lua flags=allow-oom
-- Ends a worker's lease at once, so that whatever it still holds is swept without delay.
-- KEYS[1] key prefix
-- ARGV    1 worker
-- Returns 1
if redis.call('SCARD', running_key(ARGV[1])) == 0 then
  redis.call('ZREM', LEASES, ARGV[1])
else
  redis.call('ZADD', LEASES, NOW_TEXT, ARGV[1])
end
return 1
