#!lua flags=allow-oom
-- Puts due jobs into the queue, then claims up to `count` ready ones for a worker: status,
-- fence, event and the worker's set change together, so a job is never without a place.
-- KEYS[1] key prefix
-- ARGV    1 worker  2 count  3 lease (ms): claiming renews it, so every claim has a lease
--         4 fence: never used before, so that no failover can give one to two holders
-- Returns {ms to the next due job or '', claim, claim, …}
local worker = ARGV[1]

-- Bounded, so that a wave of due jobs cannot hold up the server; the next pop takes more.
local DUE_AT_ONCE = 100

for _, id in ipairs(redis.call('ZRANGEBYSCORE', SCHEDULED, '-inf', integer(NOW), 'LIMIT', 0, DUE_AT_ONCE)) do
  local job = job_key(id)
  redis.call('ZREM', SCHEDULED, id)
  if redis.call('EXISTS', job) == 1 then
    redis.call('HDEL', job, 'scheduled_for')
    redis.call('HSET', job, 'status', 'QUEUED')
    push(id)
    publish(job, '-', 'enqueued')
  end
end

redis.call('ZADD', LEASES, 'GT', integer(NOW + tonumber(ARGV[3])), worker)

local claims = {}
while #claims < tonumber(ARGV[2]) do
  local id = redis.call('LPOP', QUEUED)
  if not id then break end
  local job = job_key(id)
  local f = redis.call('HMGET', job, 'status', 'scheduled_for')
  -- Entries of jobs cancelled or claimed meanwhile are left in the list and skipped here.
  if f[1] == 'QUEUED' or (f[1] == 'RETRYING' and not f[2]) then
    redis.call('HINCRBY', job, 'attempt', 1)
    redis.call('HDEL', job, 'progress', 'failure')
    redis.call('HSET', job, 'status', 'RUNNING', 'worker', worker, 'fence', ARGV[4],
      'started_at', integer(NOW), 'sequence', 0)
    redis.call('SADD', running_key(worker), id)
    publish(job, '-', 'started')
    claims[#claims + 1] = claim(id, job)
  end
end

if redis.call('LLEN', QUEUED) == 0 then
  redis.call('DEL', WAKE)
elseif redis.call('LLEN', WAKE) == 0 then
  wake()
end

local next_due = redis.call('ZRANGE', SCHEDULED, 0, 0, 'WITHSCORES')
local reply = {next_due[2] and integer(math.max(0, tonumber(next_due[2]) - NOW)) or ''}
for _, one in ipairs(claims) do
  reply[#reply + 1] = one
end
return reply
