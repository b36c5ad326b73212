#!lua
-- Accepts a job: record, first event, index entries and place in the queue, in one step, so
-- that no process can die between them. Without `allow-oom`: refused whole when memory is full.
-- KEYS[1] key prefix
-- ARGV    1 job id (the nonce: a repeated call finds the job there)  2 epoch seed
--         3 static part of the record (JSON members)  4 audiences (JSON array)  5 arguments
--         6 run at (ms) or ''  7 delay (ms) or ''  8 most attempts  9 timeout (ms)
--         10 retention (ms)  11 idempotency digest or ''  12 input digest
--         13 idempotency lifetime (ms)  14 most open jobs or ''  15 most a minute or ''
--         16 task  17 owner
-- Returns {'accepted' | 'deduplicated', newest event} | {'conflict', job id}
--         | {'open', ''} | {'rate', ms to wait}
local id = ARGV[1]
local owner = ARGV[17]

if redis.call('EXISTS', job_key(id)) == 1 then
  return {'accepted', latest(id)}
end

local memory = PREFIX .. 'idempotency:' .. ARGV[11]
if ARGV[11] ~= '' then
  local first = redis.call('HMGET', memory, 'job', 'input')
  if first[1] then
    local event = latest(first[1])
    if event then
      if first[2] ~= ARGV[12] then
        return {'conflict', first[1]}
      end
      return {'deduplicated', event}
    end
  end
end

if ARGV[14] ~= '' and tonumber(redis.call('HGET', OPEN, owner) or 0) >= tonumber(ARGV[14]) then
  return {'open', ''}
end

-- Generic cell rate algorithm (ITU-T I.371): `allowed` is the theoretical arrival time. The
-- burst is one minute's worth.
if ARGV[15] ~= '' then
  local rate = PREFIX .. 'rate:' .. owner
  local interval = 60000 / tonumber(ARGV[15])
  local allowed = math.max(tonumber(redis.call('GET', rate) or 0), NOW)
  local wait = allowed + interval - NOW - 60000
  if wait > 0 then
    return {'rate', integer(math.ceil(wait))}
  end
  redis.call('SET', rate, string.format('%.3f', allowed + interval), 'PX', 60000)
end

local due = NOW
if ARGV[6] ~= '' then
  due = tonumber(ARGV[6])
elseif ARGV[7] ~= '' then
  due = NOW + tonumber(ARGV[7])
end
local later = due > NOW

EPOCH_SEED = ARGV[2]
local job = {id = id, key = job_key(id), changed = {}, removed = {}}
set(job, 'static', ARGV[3] .. ',"enqueued_at":' .. NOW_TEXT)
set(job, 'audiences', ARGV[4])
set(job, 'arguments', ARGV[5])
set(job, 'max_attempts', ARGV[8])
set(job, 'timeout', ARGV[9])
set(job, 'retention', ARGV[10])
set(job, 'task', ARGV[16])
set(job, 'owner', owner)
set(job, 'attempt', '0')
set(job, 'fence', '')
set(job, 'sequence', '0')
set(job, 'status', later and 'SCHEDULED' or 'QUEUED')
redis.call('HINCRBY', OPEN, owner, 1)
if ARGV[11] ~= '' then
  redis.call('HSET', memory, 'job', id, 'input', ARGV[12])
  redis.call('PEXPIRE', memory, ARGV[13])
end
for _, audience in ipairs(cjson.decode(ARGV[4])) do
  redis.call('ZADD', PREFIX .. 'index:' .. audience, NOW_TEXT, id)
end
if later then
  schedule(job, due)
else
  push(job)
end
return {'accepted', publish(job, '-', later and 'scheduled' or 'enqueued')}
