#!lua flags=allow-oom
-- Renews a worker's lease. When no worker could for most of a lease (Valkey was away), leases may
-- have lapsed though the workers live: the sweep then holds off for one lease.
-- KEYS[1] key prefix
-- ARGV    1 worker  2 lease (ms)
-- Returns the time the lease ends (ms)
local lease = tonumber(ARGV[2])
local last = redis.call('GET', PREFIX .. 'renewed')
-- Each worker renews four times a lease, and tries again after a tenth of one: so a silence of
-- 0.65 may cost a living worker its lease, and 0.6 is hardly ever the slowness of all. A clock
-- that went back (another host's, after a failover) tells nothing of the time between.
if last and math.abs(NOW - tonumber(last)) > 0.6 * lease then
  redis.call('SET', PREFIX .. 'sweep_after', integer(NOW + lease), 'PX', integer(lease))
end
redis.call('SET', PREFIX .. 'renewed', NOW_TEXT)
redis.call('ZADD', LEASES, integer(NOW + lease), ARGV[1])
return integer(NOW + lease)
