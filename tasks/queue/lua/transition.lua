-- What all scripts that change a job share. Prefixed to each, after broadcaster's append.lua.
--
-- KEYS[1] is the queue's key prefix, `jobcast:{queue}:`. It is no key itself, but its hash tag
-- puts the script, and every key built from it here, into the queue's slot of a Cluster.
--
-- A job is one hash. Fields that clients see are kept as JSON fragments, so that its record is
-- made by concatenation; times are milliseconds by Valkey's clock, never by a host's.
local PREFIX = KEYS[1]
local QUEUED = PREFIX .. 'queued'
local SCHEDULED = PREFIX .. 'scheduled'
local WAKE = PREFIX .. 'wake'
local LEASES = PREFIX .. 'leases'
local OPEN = PREFIX .. 'open'
local EXPIRY = PREFIX .. 'expiry'

-- More tokens than workers that could wait at once would only cause idle rounds.
local WAKE_TOKENS = 64
-- Workers look at the schedule at least this often by themselves, so only what is due sooner
-- has to wake one. Must not be less than the dispatcher's longest wait (2 s).
local WAKE_WITHIN_MS = 2000

local NOW = tonumber(CLOCK[1]) * 1000 + math.floor(tonumber(CLOCK[2]) / 1000)

local TERMINAL = {SUCCEEDED = true, FAILED = true, CANCELLED = true}
local EVENT_OF = {SUCCEEDED = 'succeeded', FAILED = 'failed', CANCELLED = 'cancelled'}

local function integer(number)
  return string.format('%.0f', number)
end

local function job_key(id)
  return PREFIX .. 'job:' .. id
end

local function running_key(worker)
  return PREFIX .. 'running:' .. worker
end

local function wake()
  if redis.call('LLEN', WAKE) < WAKE_TOKENS then
    redis.call('RPUSH', WAKE, 1)
  end
end

-- The job as clients see it, and the audiences that may (a JSON array).
local function record(job)
  local f = redis.call('HMGET', job, 'static', 'status', 'attempt', 'progress', 'failure',
    'scheduled_for', 'started_at', 'finished_at', 'result', 'audiences')
  return '{' .. f[1]
    .. ',"status":"' .. f[2]
    .. '","attempt":' .. f[3]
    .. ',"progress":' .. (f[4] or 'null')
    .. ',"failure":' .. (f[5] or 'null')
    .. ',"scheduled_for":' .. (f[6] or 'null')
    .. ',"started_at":' .. (f[7] or 'null')
    .. ',"finished_at":' .. (f[8] or 'null')
    .. ',"result":' .. (f[9] or 'null')
    .. '}', f[10]
end

-- Appends the event to the job's history and publishes it there. `quiet` events (output, log
-- lines) leave the record as it was, so the feeds of newest states are not told. Returns the
-- event as it was stored.
local function publish(job, kind, event, data, quiet)
  local told, audiences = record(job)
  local payload = '{"type":"' .. event .. '","at":' .. integer(NOW)
    .. ',"data":' .. (data or 'null') .. ',"job":' .. told .. '}'
  local _, encoded = append(job, kind, payload)
  if not quiet then
    for _, audience in ipairs(cjson.decode(audiences)) do
      notify(PREFIX .. 'feed:' .. audience, job, encoded)
    end
  end
  return encoded
end

local function latest(job)
  return redis.call('LINDEX', job .. ':history', -1)
end

local function push(id, front)
  redis.call(front and 'LPUSH' or 'RPUSH', QUEUED, id)
  wake()
end

local function schedule(id, job, due)
  redis.call('ZADD', SCHEDULED, integer(due), id)
  redis.call('HSET', job, 'scheduled_for', integer(due))
  if due - NOW < WAKE_WITHIN_MS then
    wake()
  end
end

-- Takes the job out of its worker's hands. First among the writes: it needs no memory.
local function let_go(id, job)
  local worker = redis.call('HGET', job, 'worker')
  if worker then
    redis.call('SREM', running_key(worker), id)
    redis.call('HDEL', job, 'worker')
  end
end

-- Ends the job: the only way into a terminal status.
local function conclude(id, job, status, result, failure)
  let_go(id, job)
  redis.call('ZREM', SCHEDULED, id)
  redis.call('HDEL', job, 'scheduled_for')
  redis.call('HSET', job, 'status', status, 'finished_at', integer(NOW))
  if result and result ~= '' then
    redis.call('HSET', job, 'result', result)
  end
  if failure and failure ~= '' then
    redis.call('HSET', job, 'failure', failure)
  end
  local kept = redis.call('HMGET', job, 'owner', 'retention')
  if redis.call('HINCRBY', OPEN, kept[1], -1) <= 0 then
    redis.call('HDEL', OPEN, kept[1])
  end
  redis.call('ZADD', EXPIRY, integer(NOW + tonumber(kept[2])), id)
  publish(job, 'f', EVENT_OF[status])
end

-- Gives the job another attempt after `delay` ms, or ends it when a cancel came first or no
-- attempt is left. `front`: before all that waits, as it was its turn already.
local function again(id, job, failure, delay, front)
  local f = redis.call('HMGET', job, 'status', 'attempt', 'max_attempts')
  if f[1] == 'CANCELLING' then
    return conclude(id, job, 'CANCELLED', nil, failure)
  end
  if tonumber(f[2]) >= tonumber(f[3]) then
    return conclude(id, job, 'FAILED', nil, failure)
  end
  let_go(id, job)
  redis.call('HSET', job, 'status', 'RETRYING', 'failure', failure)
  if delay > 0 then
    schedule(id, job, NOW + delay)
  else
    push(id, front)
  end
  publish(job, '-', 'retry_scheduled')
end

-- The job's status when this holder (fence) has it running; else false.
local function held_status(job, fence)
  local f = redis.call('HMGET', job, 'status', 'fence')
  if f[2] == fence and (f[1] == 'RUNNING' or f[1] == 'CANCELLING') then
    return f[1]
  end
  return false
end

-- What a worker needs to run the job.
local function claim(id, job)
  local f = redis.call('HMGET', job, 'fence', 'attempt', 'max_attempts', 'timeout', 'sequence',
    'owner', 'task', 'arguments')
  return {id, f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8]}
end
