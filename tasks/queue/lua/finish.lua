#!lua flags=allow-oom
-- Ends a job from the attempt that runs it. A failure while a cancel is wanted ends it as
-- cancelled; a success that comes before the cancel was noticed stays a success.
-- KEYS[1] key prefix
-- ARGV    1 job id  2 fence  3 status  4 result (JSON) or ''  5 failure (JSON) or ''
-- Returns the terminal status | 'superseded'. Repeating it changes nothing.
local id = ARGV[1]
local job = job_key(id)
local f = redis.call('HMGET', job, 'status', 'fence')
if f[2] == ARGV[2] and TERMINAL[f[1]] then
  return f[1]
end
local status = held_status(job, ARGV[2])
if not status then
  return 'superseded'
end
local target = ARGV[3]
if status == 'CANCELLING' and target == 'FAILED' then
  target = 'CANCELLED'
end
conclude(id, job, target, ARGV[4], ARGV[5])
return target
