#!lua flags=allow-oom
-- Renews a worker's lease. When no worker could for longer than a lease (Valkey was away),
-- every lease has lapsed though the workers may live: the sweep then holds off for one lease.
-- KEYS[1] key prefix
-- ARGV    1 worker  2 lease (ms)
-- Returns the time the lease ends (ms)
local lease = tonumber(ARGV[2])
local last = redis.call('GET', PREFIX .. 'renewed')
if last and NOW - tonumber(last) > lease then
  redis.call('SET', PREFIX .. 'sweep_after', integer(NOW + lease), 'PX', integer(lease))
end
redis.call('SET', PREFIX .. 'renewed', integer(NOW))
redis.call('ZADD', LEASES, integer(NOW + lease), ARGV[1])
return integer(NOW + lease)
