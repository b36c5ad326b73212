#!lua flags=allow-oom
-- Takes over the jobs of workers whose lease has lapsed, and removes jobs kept long enough.
-- Any worker may run it at any time; each job is moved once, since its move is in this step.
-- KEYS[1] key prefix
-- ARGV    1 failure to record for a lost attempt (JSON)
-- Returns {how many jobs were taken over, how many were removed}
local AT_ONCE = 100  -- jobs of each kind a call, so that the server is never held for long

-- No lease is longer (jobcast.settings). One that ends later was given by a clock that was ahead
-- of this one (another host's, before a failover), and would keep a dead worker's jobs.
local LONGEST_LEASE_MS = 600000

for _, worker in ipairs(redis.call('ZRANGEBYSCORE', LEASES, integer(NOW + LONGEST_LEASE_MS + 1), '+inf', 'LIMIT', 0, AT_ONCE)) do
  redis.call('ZADD', LEASES, integer(NOW + LONGEST_LEASE_MS), worker)
end

local taken = 0
local hold = redis.call('GET', PREFIX .. 'sweep_after')
if not hold or NOW >= tonumber(hold) or tonumber(hold) > NOW + LONGEST_LEASE_MS then
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', LEASES, '-inf', NOW_TEXT, 'LIMIT', 0, AT_ONCE)) do
    for _, id in ipairs(redis.call('SMEMBERS', running_key(worker))) do
      if taken >= AT_ONCE then break end
      local job = load(id)
      redis.call('SREM', running_key(worker), id)
      if job and job.worker == worker and is_held(job) then
        again(job, ARGV[1], 0, true)
        taken = taken + 1
      end
    end
    if redis.call('SCARD', running_key(worker)) == 0 then
      redis.call('ZREM', LEASES, worker)
    end
    if taken >= AT_ONCE then break end
  end
end

local removed = 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', EXPIRY, '-inf', NOW_TEXT, 'LIMIT', 0, AT_ONCE)) do
  local job = job_key(id)
  local audiences = redis.call('HGET', job, 'audiences')
  if audiences then
    for _, audience in ipairs(cjson.decode(audiences)) do
      redis.call('ZREM', PREFIX .. 'index:' .. audience, id)
      redis.call('ZREM', PREFIX .. 'feed:' .. audience, job)
    end
  end
  redis.call('DEL', job, job .. ':history')
  redis.call('ZREM', EXPIRY, id)
  removed = removed + 1
end
return {taken, removed}
