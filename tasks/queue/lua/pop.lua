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

local next_due = tonumber(redis.call('ZRANGE', SCHEDULED, 0, 0, 'WITHSCORES')[2])
if next_due and next_due <= NOW then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', SCHEDULED, '-inf', NOW_TEXT, 'LIMIT', 0, DUE_AT_ONCE)) do
    local job = load(id)
    redis.call('ZREM', SCHEDULED, id)
    if job then
      unset(job, 'scheduled_for')
      set(job, 'status', 'QUEUED')
      push(job)
      publish(job, '-', 'enqueued')
    end
  end
  next_due = tonumber(redis.call('ZRANGE', SCHEDULED, 0, 0, 'WITHSCORES')[2])
end

redis.call('ZADD', LEASES, 'GT', integer(NOW + tonumber(ARGV[3])), worker)

local reply = {next_due and integer(math.max(0, next_due - NOW)) or ''}
local more = redis.call('EXISTS', PREFIX .. 'paused') == 0
while more and #reply <= tonumber(ARGV[2]) do
  local id = redis.call('LPOP', QUEUED)
  more = id
  if not id then break end
  local job = load(id)
  -- Entries of jobs cancelled or claimed meanwhile are left in the list and skipped here.
  if job and (job.status == 'QUEUED' or (job.status == 'RETRYING' and not job.scheduled_for)) then
    unset(job, 'progress')
    unset(job, 'failure')
    set(job, 'attempt', integer(job.attempt + 1))
    set(job, 'status', 'RUNNING')
    set(job, 'worker', worker)
    set(job, 'fence', ARGV[4])
    set(job, 'started_at', NOW_TEXT)
    set(job, 'sequence', '0')
    redis.call('SADD', running_key(worker), id)
    publish(job, '-', 'started')
    reply[#reply + 1] = claim(job)
  end
end

-- Whoever leaves jobs in the queue leaves a token as well, unless the queue is paused.
if not more or redis.call('LLEN', QUEUED) == 0 then
  redis.call('DEL', WAKE)
elseif redis.call('LLEN', WAKE) == 0 then
  wake()
end
return reply
