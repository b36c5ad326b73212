#!lua flags=allow-oom
-- Ends a job from the attempt that runs it. A failure while a cancel is wanted ends it as
-- cancelled; a success that comes before the cancel was noticed stays a success.
-- KEYS[1] key prefix
-- ARGV    1 job id  2 fence  3 status  4 result (JSON) or ''  5 failure (JSON) or ''
-- Returns the terminal status | 'superseded'. Repeating it changes nothing.
local job = load(ARGV[1])
if not job or job.fence ~= ARGV[2] then
  return 'superseded'
end
if TERMINAL[job.status] then
  return job.status
end
if not is_held(job) then
  return 'superseded'
end
local target = ARGV[3]
if job.status == 'CANCELLING' and target == 'FAILED' then
  target = 'CANCELLED'
end
conclude(job, target, ARGV[4], ARGV[5])
return target
