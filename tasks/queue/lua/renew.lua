#!lua flags=allow-oom
-- Renews a worker's lease. When no worker could for half a lease (Valkey was away), leases may
-- have lapsed though the workers live: the sweep then holds off for one lease.
-- KEYS[1] key prefix
-- ARGV    1 worker  2 lease (ms)
-- Returns the time the lease ends (ms)
local lease = tonumber(ARGV[2])
local last = redis.call('GET', PREFIX .. 'renewed')
-- Each worker renews three times a lease, so half a lease of silence is nobody's slowness; and
-- a clock that went back (another host's, after a failover) tells nothing of the time between.
if last and math.abs(NOW - tonumber(last)) > lease / 2 then
  redis.call('SET', PREFIX .. 'sweep_after', integer(NOW + lease), 'PX', integer(lease))
end
redis.call('SET', PREFIX .. 'renewed', integer(NOW))
redis.call('ZADD', LEASES, integer(NOW + lease), ARGV[1])
return integer(NOW + lease)
