#!lua flags=allow-oom
-- Ends a failed attempt: another follows after the delay, or the job ends (transition.lua).
-- KEYS[1] key prefix
-- ARGV    1 job id  2 fence  3 failure (JSON)  4 delay (ms)
-- Returns the status that the job has now | 'superseded'
local job = held(ARGV[1], ARGV[2])
if not job then
  return 'superseded'
end
again(job, ARGV[3], tonumber(ARGV[4]))
return job.status
