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

-- In milliseconds, as a text and as a number: formatting one costs half as much as a command.
local NOW_TEXT = CLOCK[1] .. string.sub(string.format('%06d', CLOCK[2]), 1, 3)
local NOW = tonumber(NOW_TEXT)

local TERMINAL = {SUCCEEDED = true, FAILED = true, CANCELLED = true}
local EVENT_OF = {SUCCEEDED = 'succeeded', FAILED = 'failed', CANCELLED = 'cancelled'}

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

-- A job as it stands, by field (false: it has none), or nil when there is no such job. Changes
-- are gathered in it, and written by `save`, with which every script that makes one ends. Not its
-- arguments, which only a claim needs. `worker` is who has, or had, the latest attempt.
local function load(id)
  local key = job_key(id)
  local v = redis.call('HMGET', key, 'status', 'static', 'audiences', 'owner', 'task', 'attempt',
    'max_attempts', 'timeout', 'retention', 'worker', 'fence', 'sequence', 'progress', 'failure',
    'scheduled_for', 'started_at', 'finished_at', 'result', 'epoch', 'offset', 'bytes')
  if not v[1] then
    return nil
  end
  -- Not by a loop over their names, which takes 2 µs.
  return {id = id, key = key, changed = {}, removed = {},
    status = v[1], static = v[2], audiences = v[3], owner = v[4], task = v[5], attempt = v[6],
    max_attempts = v[7], timeout = v[8], retention = v[9], worker = v[10], fence = v[11],
    sequence = v[12], progress = v[13], failure = v[14], scheduled_for = v[15],
    started_at = v[16], finished_at = v[17], result = v[18], epoch = v[19], offset = v[20],
    bytes = v[21]}
end

local function set(job, name, value)
  local changed = job.changed
  job[name] = value
  changed[#changed + 1] = name
  changed[#changed + 1] = value
end

local function unset(job, name)
  if job[name] then
    job[name] = false
    job.removed[#job.removed + 1] = name
  end
end

-- The job as clients see it.
local function record(job)
  return '{' .. job.static
    .. ',"status":"' .. job.status
    .. '","attempt":' .. job.attempt
    .. ',"progress":' .. (job.progress or 'null')
    .. ',"failure":' .. (job.failure or 'null')
    .. ',"scheduled_for":' .. (job.scheduled_for or 'null')
    .. ',"started_at":' .. (job.started_at or 'null')
    .. ',"finished_at":' .. (job.finished_at or 'null')
    .. ',"result":' .. (job.result or 'null')
    .. '}'
end

-- Appends the event to the job's history and publishes it. `quiet` events (output, log lines)
-- leave the record as it was, so the feeds of newest states are not told. Returns the event as it
-- was stored.
local function tell(job, kind, event, data, quiet)
  local payload = '{"type":"' .. event .. '","at":' .. NOW_TEXT
    .. ',"data":' .. (data or 'null') .. ',"job":' .. record(job) .. '}'
  local encoded = append(job.key, job, kind, payload)
  if not quiet then
    for _, audience in ipairs(cjson.decode(job.audiences)) do
      notify(PREFIX .. 'feed:' .. audience, job.key, encoded, job.offset == '1')
    end
  end
  return encoded
end

-- Writes what has changed.
local function save(job)
  if #job.removed > 0 then
    redis.call('HDEL', job.key, unpack(job.removed))
  end
  keep(job.key, job, job.changed)
end

-- Both, for the one event that a move makes.
local function publish(job, kind, event)
  local encoded = tell(job, kind, event)
  save(job)
  return encoded
end

local function latest(id)
  return redis.call('LINDEX', job_key(id) .. ':history', -1)
end

-- Puts the job into the queue. Where as many wait as there may be tokens, one is there already,
-- or with a worker that leaves another one: see pop.lua.
local function push(job, front)
  if redis.call(front and 'LPUSH' or 'RPUSH', QUEUED, job.id) <= WAKE_TOKENS then
    wake()
  end
end

local function schedule(job, due)
  redis.call('ZADD', SCHEDULED, integer(due), job.id)
  set(job, 'scheduled_for', integer(due))
  if due - NOW < WAKE_WITHIN_MS then
    wake()
  end
end

local function is_held(job)
  return job.status == 'RUNNING' or job.status == 'CANCELLING'
end

-- The job, when this holder (fence) has it running; else nil.
local function held(id, fence)
  local job = load(id)
  if job and job.fence == fence and is_held(job) then
    return job
  end
  return nil
end

-- Takes the job out of its worker's hands. First among the writes: it needs no memory.
local function let_go(job)
  if is_held(job) then
    redis.call('SREM', running_key(job.worker), job.id)
  end
end

-- Ends the job: the only way into a terminal status.
local function conclude(job, status, result, failure)
  let_go(job)
  if job.scheduled_for then
    redis.call('ZREM', SCHEDULED, job.id)
    unset(job, 'scheduled_for')
  end
  set(job, 'status', status)
  set(job, 'finished_at', NOW_TEXT)
  if result and result ~= '' then
    set(job, 'result', result)
  end
  if failure and failure ~= '' then
    set(job, 'failure', failure)
  end
  if redis.call('HINCRBY', OPEN, job.owner, -1) <= 0 then
    redis.call('HDEL', OPEN, job.owner)
  end
  redis.call('ZADD', EXPIRY, integer(NOW + tonumber(job.retention)), job.id)
  publish(job, 'f', EVENT_OF[status])
end

-- Gives the job another attempt after `delay` ms, or ends it when a cancel came first or no
-- attempt is left. `front`: before all that waits, as it was its turn already.
local function again(job, failure, delay, front)
  if job.status == 'CANCELLING' then
    return conclude(job, 'CANCELLED', nil, failure)
  end
  if tonumber(job.attempt) >= tonumber(job.max_attempts) then
    return conclude(job, 'FAILED', nil, failure)
  end
  let_go(job)
  set(job, 'status', 'RETRYING')
  set(job, 'failure', failure)
  if delay > 0 then
    schedule(job, NOW + delay)
  else
    push(job, front)
  end
  publish(job, '-', 'retry_scheduled')
end

-- What a worker needs to run the job.
local function claim(job)
  return {job.id, job.fence, job.attempt, job.max_attempts, job.timeout, job.sequence, job.owner,
    job.task, redis.call('HGET', job.key, 'arguments')}
end
